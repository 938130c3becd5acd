package storetest

import (
	"testing"

	"github.com/daypass/daypass/internal/store"
)

// testAuditLogs holds that a log is never remembered shorter than it was known to be, and that nothing cached is outdated.
func testAuditLogs(t *testing.T, h *harness) {
	ctx := t.Context()
	row := func(log string, sequence int64, head string, updated int) store.AuditLog {
		return store.AuditLog{Log: log, Location: "host:/" + log, Sequence: sequence, Head: head, UpdatedAt: at(updated)}
	}
	before, err := h.Generation(ctx, at(0).Time)
	if err != nil {
		t.Fatal(err)
	}
	h.update(t, func(tx *store.Tx) error {
		for _, r := range []store.AuditLog{
			row("b", 7, "seventh", 1), row("a", 1, "first", 2), row("b", 9, "ninth", 3), row("b", 8, "eighth", 4), row("c", 0, "", 2),
		} {
			if err := tx.PutAuditLog(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(t, func(tx *store.Tx) error {
		rows, err := tx.AuditLogs(ctx)
		equal(t, []store.AuditLog{row("a", 1, "first", 2), row("c", 0, "", 2), row("b", 9, "ninth", 3)}, rows)
		return err
	})
	after, err := h.Generation(ctx, at(10).Time)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, before, after)
}
