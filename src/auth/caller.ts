import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** Who calls: a request reaches what this one made, and nothing else. */
export interface Caller {
  readonly id: string;
}

/** Everyone who may call, until clients are told apart. */
export const defaultCaller: Caller = { id: 'default' };

const callers = new WeakMap<object, Caller>();

/** Notes who makes a request; a guard does, before anything else looks at it. */
export function setCaller(request: object, caller: Caller): void {
  callers.set(request, caller);
}

/** Of a request that a guard has let in. */
function callerOf(request: object): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('A route asks who calls, and no guard has made sure of it');
  return caller;
}

/** The parameter of a handler that is told who calls. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => {
    return callerOf(context.switchToHttp().getRequest<object>());
  },
);
