import { Reflector } from '@nestjs/core';
import type { Post } from '@banjie/domain';

export const openToAll = Reflector.createDecorator<true>();
/** Marks a handler that needs no session. */
export const OpenToAll = () => openToAll(true);

export const neededPosts = Reflector.createDecorator<readonly Post[]>();
/** One of these posts is needed; others get 403 FORBIDDEN. Rights about a case are policies of libs/domain, not this. */
export const Posts = (...posts: Post[]) => neededPosts(posts);
