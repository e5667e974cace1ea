import type { Request, Response } from 'express';

const cookieName = 'banjie_session';

export function sessionTokenOf(request: Request): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === cookieName && value && /^[A-Za-z0-9_-]{43}$/.test(value.trim())) return value.trim();
  }
  return null;
}

// No Max-Age: the cookie goes with the browser, the server's own limits end it before that.
const attributes = (isSecure: boolean) => ({
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: isSecure,
  path: '/',
});

export function setSessionCookie(response: Response, token: string, isSecure: boolean): void {
  response.cookie(cookieName, token, attributes(isSecure));
}

export function clearSessionCookie(response: Response, isSecure: boolean): void {
  response.clearCookie(cookieName, attributes(isSecure));
}
