import { Reflector } from '@nestjs/core';

/** Marks a route that writes and asks no model: it counts against WRITE_LIMIT_PER_MINUTE. */
export const Writes = Reflector.createDecorator<boolean>();
