import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { RequestRefusedError } from '../../platform/errors/http.errors.js';
import { SharedBody } from '../../platform/http/shared-body.js';
import { Once } from '../../platform/lifecycle/once.js';

/** What pages are made of beside their HTML. */
const files = ['page.css', 'copy.js', 'icon.svg', 'try.css', 'try.js'] as const;

/** The name that a file has in this code. */
export type AssetName = (typeof files)[number];

/** A file that pages refer to. */
export interface Asset {
  /** With a digest of its content in it, so that it may be kept for ever. */
  hashedName: string;
  /** Of its content, as an ETag. */
  tag: string;
  body: SharedBody;
}

/** The files that pages refer to, read when the first page is asked for. */
@Injectable()
export class PageAssetsService {
  private readonly loaded = new Once(load);

  /** All of them, by their names in this code. */
  all(): Promise<ReadonlyMap<AssetName, Asset>> {
    return this.loaded.get();
  }

  /**
   * The asset that is asked for, by its hashed name, its plain one, or the hashed name of another
   * version of it: while replicas are replaced, a page of the one asks the other.
   *
   * @throws RequestRefusedError 404 for any other
   */
  async get(asked: string): Promise<Asset> {
    const name = asked.replace(/\.[0-9a-f]{12}(?=\.[a-z]+$)/, '');
    for (const [known, asset] of await this.all()) if (known === name) return asset;
    throw new RequestRefusedError(404, 'Not found', 'There is no such file');
  }
}

async function load(): Promise<ReadonlyMap<AssetName, Asset>> {
  return new Map(await Promise.all(files.map(async (name) => [name, await read(name)] as const)));
}

async function read(name: AssetName): Promise<Asset> {
  const bytes = await readFile(fileURLToPath(new URL(`assets/${name}`, import.meta.url)));
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const extension = extname(name);
  return {
    hashedName: `${name.slice(0, -extension.length)}.${digest}${extension}`,
    // Weak: it is the same file whether it is sent compressed or not.
    tag: `W/"${digest}"`,
    body: new SharedBody(bytes),
  };
}
