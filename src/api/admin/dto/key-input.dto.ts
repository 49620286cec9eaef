/** A key to add. */
export class NewKeyDto {
  /** 8 to 256 printable ASCII characters without blanks. */
  secret: string;
  /** 1 to 100 characters without control characters. */
  label?: string;
}

/** What POST /admin/keys takes. */
export class AddKeysDto {
  keys: NewKeyDto[];
}

/** What PATCH /admin/keys/:id takes. */
export class RenameKeyDto {
  /** Null takes it away. */
  label: string | null;
}
