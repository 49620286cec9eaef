import type { Request } from 'express';
import type { Asset, AssetName } from './page-assets.service.js';
import { languageOf, type Language } from './language.js';

/** What a page is put into: whom it speaks to, and where its files are. */
export interface PageFrame {
  language: Language;
  /** From the page's address to the service's root, so that links hold behind any path prefix. */
  root: string;
  /** The address of a file, from the page's. */
  asset(name: AssetName): string;
}

/** The frame of the page that a request asks for. */
export function frameOf(request: Request, assets: ReadonlyMap<AssetName, Asset>): PageFrame {
  const root = rootFrom(request.path);
  return {
    language: languageOf(request),
    root,
    asset: (name) => `${root}assets/${assets.get(name)?.hashedName ?? name}`,
  };
}

/** `/a/b` is one folder below the root, `/a/b/` two. */
function rootFrom(path: string): string {
  const folders = path.split('/').length - 2;
  return folders > 0 ? '../'.repeat(folders) : './';
}
