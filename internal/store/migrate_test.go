package store_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/store"
)

// database is one of the databases that the schema is tested on.
type database struct {
	options     func(testing.TB) store.Options
	driver, cut string // how to open it without a Store: cut is what its URL then begins without
	schema      string // a query that answers with the whole schema
}

var databases = map[string]database{
	"SQLite": {newSQLite, "sqlite", "sqlite:", `select group_concat(sql, ';') from (
		select sql from sqlite_master where name not like '%goose%' and name not like 'sqlite_%' order by name)`},
	"PostgreSQL": {newPostgres, "pgx", "", `select string_agg(line, ';' order by line) from (
		select concat_ws(' ', table_name, ordinal_position, column_name, data_type, collation_name, is_nullable, column_default) as line
		from information_schema.columns where table_schema = current_schema() and table_name not like '%goose%'
		union all
		select indexdef from pg_indexes where schemaname = current_schema() and tablename not like '%goose%'
		union all
		select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
		where connamespace = current_schema()::regnamespace and conrelid::regclass::text not like '%goose%'
	) as lines`},
}

// beforeIAM is the last version of the schema without IAM's tables, and what such a database may hold.
const beforeIAM = 3

var oldRows = []string{
	`insert into accounts (account_id, created_at) values ('111111111111', 1000000), ('222222222222', 2000000)`,
	`insert into users (user_id, account_id, path, user_name, name_key, created_at)
		values ('AIDA1', '111111111111', '/team/', 'Alice', 'alice', 3000000), ('AIDA2', '222222222222', '/', 'Alice', 'alice', 0)`,
	`insert into access_keys (access_key_id, account_id, user_id, status, sealed_secret, created_at, last_used_at, last_used_service, last_used_region)
		values ('AKIA1', '111111111111', 'AIDA1', 'Active', cast('sealed' as bytea), 4000000, 5000000, 'sts', 'eu-west-1')`,
	`insert into access_keys (access_key_id, account_id, status, sealed_secret, created_at)
		values ('AKIA2', '111111111111', 'Inactive', cast('sealed' as bytea), 4000000)`,
	`insert into mfa_devices (serial_number, account_id, user_id, kind, algorithm, path, device_name, name_key, sealed_seed, created_at,
			enabled_at, last_step, drift, wrong_codes, locked_until)
		values ('GAHT1', '111111111111', 'AIDA1', 'hardware', 'hotp', '/', '', 'gaht1', cast('sealed' as bytea), 6000000, 7000000, 41, -3, 2, 8000000)`,
	`insert into tags (resource_id, tag_key, tag_value) values ('AIDA1', 'team', 'blue')`,
	`update generations set generation = 41`,
}

// A database from before IAM has afterwards what it had, and nobody has a boundary, an alias, a group or a policy.
func TestUpgradeFromBeforeIAM(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, options := t.Context(), db.options(t)
			must(t, store.MigrateTo(ctx, options.URL, beforeIAM))
			for _, statement := range oldRows {
				if name == "SQLite" {
					statement = strings.ReplaceAll(statement, "as bytea", "as blob")
				}
				execute(t, db.driver, strings.TrimPrefix(options.URL, db.cut), statement)
			}
			s := open(t, options)
			must(t, s.View(ctx, func(tx *store.Tx) error { return checkOldRows(t, tx) }))
			generation, err := s.Generation(ctx, epoch)
			must(t, err)
			if generation < 41 {
				t.Errorf("the generation went back to %d", generation)
			}
			must(t, s.Update(ctx, func(tx *store.Tx) error { // what is new goes with what is old
				_, err := tx.SetAccountAlias(ctx, store.SetAccountAliasParams{AccountID: "111111111111", Alias: "acme"})
				return errors.Join(err,
					tx.InsertGroup(ctx, store.InsertGroupParams{GroupID: "AGPA1", AccountID: "111111111111", Path: "/", GroupName: "x", NameKey: "x"}),
					tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"}),
				)
			}))
		})
	}
}

func checkOldRows(t *testing.T, tx *store.Tx) error {
	ctx := t.Context()
	at := func(seconds int64) store.Time { return store.Time{Time: time.Unix(seconds, 0).UTC()} }
	accounts, err := tx.Accounts(ctx)
	user, err2 := tx.User(ctx, "AIDA1")
	keys, err3 := tx.AccountAccessKeys(ctx, "111111111111")
	devices, err4 := tx.UserMFADevices(ctx, "AIDA1")
	tags, err5 := tx.Tags(ctx, "AIDA1")
	groups, err6 := tx.UserGroups(ctx, "AIDA1")
	attached, err7 := tx.AttachedPolicies(ctx, "AIDA1")
	got := []any{accounts, user, keys, devices, tags, len(groups), len(attached)}
	want := []any{
		[]store.Account{
			{AccountID: "111111111111", CreatedAt: at(1), Management: 1, Status: store.Active},
			{AccountID: "222222222222", CreatedAt: at(2), Status: store.Active},
		},
		store.User{UserID: "AIDA1", AccountID: "111111111111", Path: "/team/", UserName: "Alice", NameKey: "alice", CreatedAt: at(3)},
		[]store.AccessKey{
			{
				AccessKeyID: "AKIA1", AccountID: "111111111111", UserID: "AIDA1", Status: store.Active, SealedSecret: []byte("sealed"),
				CreatedAt: at(4), LastUsedAt: at(5), LastUsedService: "sts", LastUsedRegion: "eu-west-1",
			},
			{
				AccessKeyID: "AKIA2", AccountID: "111111111111", Status: store.Inactive, SealedSecret: []byte("sealed"), CreatedAt: at(4),
			},
		},
		[]store.MFADevice{{
			SerialNumber: "GAHT1", AccountID: "111111111111", UserID: "AIDA1", Kind: store.Hardware, Algorithm: store.HOTP, Path: "/",
			NameKey: "gaht1", SealedSeed: []byte("sealed"), CreatedAt: at(6), EnabledAt: at(7), LastStep: 41, Drift: -3, WrongCodes: 2,
			LockedUntil: at(8),
		}},
		[]store.Tag{{ResourceID: "AIDA1", TagKey: "team", TagValue: "blue"}},
		0, 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	return errors.Join(err, err2, err3, err4, err5, err6, err7)
}

// beforeAccounts is the last version of the schema in which a database belongs to one account.
const beforeAccounts = 5

// The account that there is becomes the management account, which nothing bounds; another one may do what it could.
func TestUpgradeFromBeforeAccounts(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, options := t.Context(), db.options(t)
			must(t, store.MigrateTo(ctx, options.URL, beforeAccounts))
			execute(t, db.driver, strings.TrimPrefix(options.URL, db.cut),
				`insert into accounts (account_id, created_at, alias) values ('222222222222', 1000000, ''), ('111111111111', 2000000, 'acme')`)
			s := open(t, options)
			must(t, s.View(ctx, func(tx *store.Tx) error {
				management, err := tx.ManagementAccount(ctx)
				want := store.Account{
					AccountID: "111111111111", CreatedAt: store.Time{Time: time.Unix(2, 0).UTC()}, Alias: "acme", Management: 1, Status: store.Active,
				}
				unbounded, err2 := tx.ServiceControlPolicies(ctx, "111111111111")
				bounded, err3 := tx.ServiceControlPolicies(ctx, "222222222222")
				if diff := cmp.Diff(want, management); diff != "" || len(unbounded) != 0 || len(bounded) != 1 || bounded[0].PolicyName != "FullAWSAccess" {
					t.Errorf("(-want +got)\n%s\nservice control policies: %v, %v", diff, unbounded, bounded)
				}
				return errors.Join(err, err2, err3)
			}))
		})
	}
}

// Each migration can be undone, and done again to the same schema. Where IAM's goes, users and their secrets stay.
func TestMigrationsDownAndUp(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, options := t.Context(), db.options(t)
			s := open(t, options)
			must(t, s.Update(ctx, func(tx *store.Tx) error {
				return errors.Join(
					tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: "1"}),
					tx.InsertUser(ctx, store.InsertUserParams{UserID: "AIDA1", AccountID: "1", BoundaryARN: "arn"}),
					tx.InsertAccessKey(ctx, store.AccessKey{AccessKeyID: "AKIA1", AccountID: "1", UserID: "AIDA1"}, "secret"),
					tx.InsertGroup(ctx, store.InsertGroupParams{GroupID: "AGPA1", AccountID: "1"}),
					tx.AddGroupMember(ctx, store.AddGroupMemberParams{GroupID: "AGPA1", UserID: "AIDA1"}),
					tx.InsertLoginProfile(ctx, store.InsertLoginProfileParams{UserID: "AIDA1"}),
				)
			}))
			must(t, s.Close())
			schema := db.read(t, options, db.schema)

			must(t, store.MigrateTo(ctx, options.URL, beforeIAM))
			if strings.Contains(db.read(t, options, db.schema), "group") {
				t.Error("a table of groups is still there")
			}
			s = open(t, options)
			must(t, s.View(ctx, func(tx *store.Tx) error {
				user, err := tx.User(ctx, "AIDA1")
				key, err2 := tx.AccessKey(ctx, "AKIA1")
				secret, err3 := tx.Secret(ctx, key)
				groups, err4 := tx.CountGroups(ctx, "1")
				if secret != "secret" || user.BoundaryARN != "" || groups != 0 {
					t.Errorf("secret %q, boundary %q, %d groups", secret, user.BoundaryARN, groups)
				}
				return errors.Join(err, err2, err3, err4)
			}))
			must(t, s.Close())

			must(t, store.MigrateTo(ctx, options.URL, 0))
			if left := db.read(t, options, "select coalesce(("+db.schema+"), '')"); left != "" {
				t.Errorf("left: %s", left)
			}
			must(t, insertAccount(ctx, open(t, options), "1"))
			if diff := cmp.Diff(strings.Split(schema, ";"), strings.Split(db.read(t, options, db.schema), ";")); diff != "" {
				t.Errorf("the schema is another one (-before +after)\n%s", diff)
			}
		})
	}
}

// read asks the database, and no Store of it.
func (d database) read(t *testing.T, options store.Options, query string) (text string) {
	t.Helper()
	db, err := sql.Open(d.driver, strings.TrimPrefix(options.URL, d.cut))
	must(t, err)
	must(t, errors.Join(db.QueryRowContext(t.Context(), query).Scan(&text), db.Close()))
	return text
}
