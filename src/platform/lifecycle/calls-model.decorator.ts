import { Reflector } from '@nestjs/core';

/** Marks a route that calls a model: it counts against the rate and the running calls. */
export const CallsModel = Reflector.createDecorator<boolean>();
