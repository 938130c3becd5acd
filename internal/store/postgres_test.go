package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/store/storetest"
)

// The contract's order is proved on a database that by itself would order otherwise, and no text column was forgotten.
func TestPostgreSQLCollation(t *testing.T) {
	t.Parallel()
	s := open(t, newPostgres(t))
	must(t, s.View(t.Context(), func(tx *store.Tx) error {
		byLanguage, err := tx.Text(t.Context(), "select ('a'::text < 'B'::text)::text")
		if byLanguage != "true" {
			t.Errorf("the database of the tests orders by bytes: the contract proves nothing")
		}
		forgotten, err2 := tx.Text(t.Context(), `select coalesce(string_agg(table_name || '.' || column_name, ' '), '')
			from information_schema.columns
			where table_schema = current_schema() and data_type in ('text', 'character varying', 'character')
			and collation_name is distinct from 'C'`)
		if forgotten != "" {
			t.Errorf("columns that are not compared by bytes: %s", forgotten)
		}
		return errors.Join(err, err2)
	}))
}

// Two updates that each read what the other writes can't both be right: one of them runs again.
func TestPostgreSQLConflictRunsAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t, newPostgres(t))
	var runs atomic.Int64
	var bothHaveRead, updates sync.WaitGroup
	bothHaveRead.Add(2)
	counts := make([]int, 2)
	for i := range counts {
		updates.Go(func() {
			err := s.Update(ctx, func(tx *store.Tx) error {
				accounts, err := tx.Accounts(ctx)
				if err != nil {
					return err
				}
				if runs.Add(1) <= 2 {
					bothHaveRead.Done()
					bothHaveRead.Wait()
				}
				counts[i] = len(accounts)
				return tx.InsertAccount(ctx, store.InsertAccountParams{AccountID: fmt.Sprint(i)})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	updates.Wait()
	if runs.Load() < 3 || counts[0]+counts[1] != 1 {
		t.Errorf("%d runs counted %v", runs.Load(), counts)
	}
}

// A closure that makes something else of the database's error runs again all the same.
func TestPostgreSQLHiddenConflictRunsAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t, newPostgres(t))
	must(t, insertAccount(ctx, s, "1"))
	must(t, s.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertMFADevice(ctx, store.MFADevice{SerialNumber: "GAHT1", AccountID: "1"}, []byte("seed"))
	}))
	var runs atomic.Int64
	var bothHaveRead, updates sync.WaitGroup
	bothHaveRead.Add(2)
	for range 2 {
		updates.Go(func() {
			err := s.Update(ctx, func(tx *store.Tx) error {
				device, err := tx.MFADevice(ctx, "GAHT1")
				if err != nil {
					return errors.New("not read")
				}
				if runs.Add(1) <= 2 {
					bothHaveRead.Done()
					bothHaveRead.Wait()
				}
				_, err = tx.RecordWrongCode(ctx, store.RecordWrongCodeParams{SerialNumber: "GAHT1", WrongCodes: device.WrongCodes + 1})
				if err != nil {
					return errors.New("not written")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	updates.Wait()
	must(t, s.View(ctx, func(tx *store.Tx) error {
		device, err := tx.MFADevice(ctx, "GAHT1")
		if device.WrongCodes != 2 || runs.Load() < 3 {
			t.Errorf("%d wrong codes after %d runs", device.WrongCodes, runs.Load())
		}
		return err
	}))
}

// A conflict that does not end is given up with the caller's context; other errors are not tried again.
func TestPostgreSQLRetries(t *testing.T) {
	t.Parallel()
	s := open(t, newPostgres(t))
	for _, code := range []string{"40001", "40P01"} {
		ctx, cancel := context.WithCancel(t.Context())
		runs := 0
		err := s.Update(ctx, func(*store.Tx) error {
			if runs++; runs == 4 {
				cancel()
			}
			return fmt.Errorf("again: %w", &pgconn.PgError{Code: code})
		})
		cancel()
		if err == nil || runs != 4 {
			t.Errorf("%s: %v after %d runs", code, err, runs)
		}
	}
	runs := 0
	err := s.Update(t.Context(), func(*store.Tx) error { runs++; return &pgconn.PgError{Code: "57014"} })
	if err == nil || runs != 1 {
		t.Errorf("%v after %d runs", err, runs)
	}
}

// A server that is set up to answer before the disk does is told not to.
func TestPostgreSQLCommitsDurably(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{"off": "on", "remote_write": "remote_write"} {
		options := newPostgres(t)
		execute(t, "pgx", options.URL, "do $$ begin execute 'alter database ' || current_database() || ' set synchronous_commit = "+set+"'; end $$")
		s := open(t, options)
		must(t, s.Update(t.Context(), func(tx *store.Tx) error {
			got, err := tx.Text(t.Context(), "show synchronous_commit")
			if got != want {
				t.Errorf("synchronous_commit = %s, want %s", got, want)
			}
			return err
		}))
	}
}

// Who reads why a database can't be opened does not read its password.
func TestPostgreSQLErrorsAreDiscreet(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://daypass:hunter2@127.0.0.1:1/daypass?sslmode=disable",
		"postgres://daypass:hunter2@127.0.0.1:notaport/daypass",
		"postgres://daypass:hunter2@127.0.0.1:1/daypass?sslmode=nonsense",
		"postgres://daypass:hunter2@[::1/daypass",
		"postgres://127.0.0.1:1/daypass?user=daypass&password=hunter2&sslmode=nonsense",
		"postgres://127.0.0.1:1/daypass?user=daypass&password=hunter2&sslmode=disable&pool_max_conns=x",
	} {
		s, err := store.Open(t.Context(), store.Options{URL: url, SealingKey: storetest.KeyFile(t)}, epoch)
		if err == nil {
			t.Fatal("opened", s.Close())
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	}
}
