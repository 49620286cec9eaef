import { chromium, type Browser } from 'playwright-core';
import { findChromium } from './find-chromium.js';

/** Starts the installed Chromium. @throws Error where there is none */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) {
    throw new Error('No Chromium in PATH: install it, or name one in CHROMIUM_PATH');
  }
  // Chromium refuses to be sandboxed by root, and only by root.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, chromiumSandbox: !isRoot });
}
