import type { Database } from './database.ts';

/**
 * Triggers by which the database itself refuses to change or remove an audit record, and to add one that does not
 * follow the last record of its chain. They stop mistakes; tampering by the file's owner is what the hashes are for.
 */
export function appendOnlyTriggers(engine: Database['engine'], origin: string): readonly string[] {
  switch (engine) {
    case 'sqlite':
      return sqliteTriggers(origin);
    case 'postgres':
      return postgresTriggers(origin);
  }
}

/** Whether the row `new` is the next of its chain. */
const follows = (origin: string) => `exists (
  select 1 from (select seq, hash from audit_records where chain = new.chain order by seq desc limit 1) as head
  where head.seq = new.seq - 1 and head.hash = new.previous
) or (
  new.seq = 1 and new.previous = '${origin}' and not exists (select 1 from audit_records where chain = new.chain)
)`;

/** The position is tested too: "insert or replace" deletes the row in its way without firing the trigger on delete. */
const sqliteTriggers = (origin: string) => [
  `create trigger audit_records_follow before insert on audit_records
   when not (${follows(origin)}) or exists (select 1 from audit_records where position = new.position)
   begin select raise(abort, 'an audit record must follow the last of its chain'); end`,
  ...['update', 'delete'].map(
    (change) => `create trigger audit_records_no_${change} before ${change} on audit_records
     begin select raise(abort, 'audit records are append-only'); end`,
  ),
];

/** From then on the records of chains in `audit_cuts` may be removed, and no others. */
export function cutTriggers(engine: Database['engine']): readonly string[] {
  switch (engine) {
    case 'sqlite':
      return [
        'drop trigger audit_records_no_delete',
        `create trigger audit_records_no_delete before delete on audit_records when not ${isCut}
         begin select raise(abort, 'audit records are append-only'); end`,
      ];
    case 'postgres':
      return [
        `create function audit_records_refuse_delete() returns trigger language plpgsql as $$
         begin
           if not ${isCut} then raise exception 'audit records are append-only'; end if;
           return old;
         end $$`,
        'drop trigger audit_records_no_change on audit_records',
        `create trigger audit_records_no_change before update on audit_records
         for each row execute function audit_records_refuse()`,
        `create trigger audit_records_no_delete before delete on audit_records
         for each row execute function audit_records_refuse_delete()`,
      ];
  }
}

const isCut = 'exists (select 1 from audit_cuts where chain = old.chain and seq >= old.seq)';

const postgresTriggers = (origin: string) => [
  `create function audit_records_refuse() returns trigger language plpgsql as $$
   begin raise exception 'audit records are append-only'; end $$`,
  `create function audit_records_follow() returns trigger language plpgsql as $$
   begin
     if not (${follows(origin)}) then raise exception 'an audit record must follow the last of its chain'; end if;
     return new;
   end $$`,
  `create trigger audit_records_follow before insert on audit_records
   for each row execute function audit_records_follow()`,
  `create trigger audit_records_no_change before update or delete on audit_records
   for each row execute function audit_records_refuse()`,
  `create trigger audit_records_no_truncate before truncate on audit_records
   for each statement execute function audit_records_refuse()`,
];
