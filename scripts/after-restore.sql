-- Makes restored tables fit to go on with, in the transaction that restores them.
--
-- Edges and watchers order everything by versions and positions, and older never replaces newer: what was given after the backup must not be given
-- again for something else. So all of them leap ahead, by more than could have been given since: a position holds
-- 2^53, which is 9,000 restores.
-- Who follows the events sees the gap and asks anew.
do $$
declare
  leap constant bigint := 1000000000000;
begin
  update location.addresses set version = version + leap;
  update location.change_stream set position = position + leap;
  -- Changes that were not published at the backup are in the tables; nobody needs to be told of them one by one.
  delete from location.changes;
  update location.publication p set position = s.position from location.change_stream s;

  update directory.commits set position = position + leap;
  delete from directory.outbox;
  update directory.outbox_progress p set published = c.position, pruned = c.position, beat_at = '-infinity' from directory.commits c;

  if to_regclass('conference.rooms') is not null then
    perform setval('conference.room_versions', nextval('conference.room_versions') + leap);
    -- Conferences ended with the pods that had them.
    delete from conference.homes;
    delete from conference.pods;
  end if;
end
$$;
