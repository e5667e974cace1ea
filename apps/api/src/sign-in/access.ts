import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { Post } from '@banjie/domain';

/** Tells the description of the API (edge/openapi.ts); it does not stand in what goes out. */
export const openMark = 'x-open-to-all';
export const openToAll = Reflector.createDecorator<true>();
/** Marks a handler that needs no session. */
export const OpenToAll = () => applyDecorators(openToAll(true), ApiExtension(openMark, true));

export const neededPosts = Reflector.createDecorator<readonly Post[]>();
/** One of these posts is needed; others get 403 FORBIDDEN. Rights about a case are policies of libs/domain, not this. */
export const Posts = (...posts: Post[]) => neededPosts(posts);
