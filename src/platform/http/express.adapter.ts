import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { unsafeCast } from '../unsafe-cast.js';

/** Where express keeps what it wants requests and responses to inherit from. */
interface Prototypes {
  request: object;
  response: object;
}

/**
 * Makes requests and responses as express wants them. It would give each of them another prototype
 * when it comes, and V8 a hidden class of its own then: a third of all that a request takes of memory,
 * and with it every object of the request outlives its call by far, until the whole heap is collected.
 * It serves plain HTTP: TLS is a proxy's.
 */
export class ExpressPrototypesAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    class ExpressRequest extends IncomingMessage {}
    class ExpressResponse<Request extends IncomingMessage> extends ServerResponse<Request> {}
    const express = unsafeCast<Prototypes>(this.getInstance());
    Object.setPrototypeOf(ExpressRequest.prototype, express.request);
    Object.setPrototypeOf(ExpressResponse.prototype, express.response);
    express.request = ExpressRequest.prototype;
    express.response = ExpressResponse.prototype;
    this.setHttpServer(
      createServer(
        { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse },
        this.getInstance(),
      ),
    );
  }
}
