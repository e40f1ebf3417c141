/**
 * Where a migration's tables stand: `index` beside every store, in the own file and in the private index of a foreign
 * one; `own` only in the file we write; `archive` only in archive.db.
 */
export type Scope = 'index' | 'own' | 'archive';

export interface Migration {
  readonly name: string;
  readonly scope: Scope;
  readonly sql: string;
}
