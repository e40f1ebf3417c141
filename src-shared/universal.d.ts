/**
 * The few globals that Node and every browser share and that code here may use. Declared by hand so that
 * neither the DOM's nor Node's types reach src-shared.
 */
declare class URL {
  static parse(input: string): URL | null;
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  username: string;
  password: string;
  search: string;
  hash: string;
  readonly searchParams: { keys(): IterableIterator<string> };
}
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  decode(bytes: Uint8Array): string;
}
interface Blob {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}
