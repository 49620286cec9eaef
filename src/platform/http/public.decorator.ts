import { Reflector } from '@nestjs/core';

/** Marks a route that anyone may call; every other route is guarded. */
export const Public = Reflector.createDecorator<boolean>();
