package server

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/auditsink"
	"github.com/daypass/daypass/internal/store"
)

// openAuditLog opens the log, with a chain that nobody can make who has not the sealing key.
func openAuditLog(ctx context.Context, st *store.Store, c Config) (*audit.Log, error) {
	key, err := auditKey(ctx, st, c)
	if err != nil {
		return nil, err
	}
	rows, err := auditLogs(ctx, st)
	if err != nil {
		return nil, err
	}
	known := map[string]uint64{}
	for _, row := range rows {
		known[row.Log] = headOf(row).Sequence
	}
	return audit.Open(audit.Options{
		Path: c.AuditFile(), Key: key, Known: known, Rotation: c.AuditRotation, Feeds: auditsink.Names(c.AuditSinks), Now: c.Now,
	})
}

// auditKey is the key of the chain as it is now. A server keeps the one that it started with; all that were ever used go on opening.
func auditKey(ctx context.Context, st *store.Store, c Config) (tink.AEAD, error) {
	keys, err := store.NewKeyring(ctx, st, auditKeys, aead.New, c.Now())
	if err != nil {
		return nil, err
	}
	return keys.At(ctx, c.Now())
}

func auditLogs(ctx context.Context, st *store.Store) (rows []store.AuditLog, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.AuditLogs(ctx)
		return err
	})
	return rows, err
}

func headOf(row store.AuditLog) audit.Head {
	return audit.Head{Log: row.Log, Sequence: uint64(row.Sequence), Hash: row.Head} //nolint:gosec // it counts up from 0
}

// anchorAuditLog is rememberAuditLog for the janitor.
func (s *Server) anchorAuditLog(ctx context.Context) {
	s.warn(ctx, "the database does not know how far the audit log is", s.rememberAuditLog(ctx))
}

// rememberAuditLog notes in the database how far the log is on the disk. It is called by one goroutine at a time.
func (s *Server) rememberAuditLog(ctx context.Context) error {
	head, err := s.audit.Sync()
	if err != nil || head == s.auditHead {
		return err
	}
	location, err := auditLocation(s.config)
	if err != nil {
		return err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.PutAuditLog(ctx, store.AuditLog{
			Log: head.Log, Location: location, Sequence: int64(head.Sequence), Head: head.Hash, //nolint:gosec // it counts up from 0
			UpdatedAt: store.Time{Time: s.config.Now()},
		})
	})
	if err == nil {
		s.auditHead = head
	}
	return err
}

// auditLocation tells the log of this server from those of others on the database.
func auditLocation(c Config) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(c.AuditFile())
	return host + ":" + path, err
}

// VerifyAuditLog holds the audit log to its chain, and to what the database remembers of it. The server may run meanwhile.
// With head it must have had that, too.
func VerifyAuditLog(ctx context.Context, st *store.Store, c Config, head audit.Head) (audit.Verification, error) {
	key, err := auditKey(ctx, st, c)
	if err != nil {
		return audit.Verification{}, err
	}
	rows, err := auditLogs(ctx, st)
	if err != nil {
		return audit.Verification{}, err
	}
	location, err := auditLocation(c)
	if err != nil {
		return audit.Verification{}, err
	}
	var heads []audit.Head
	here := map[string]bool{head.Log: true}
	for _, row := range rows {
		heads = append(heads, headOf(row))
		here[row.Log] = here[row.Log] || row.Location == location
	}
	if head != (audit.Head{}) {
		heads = append(heads, head)
	}
	v, err := audit.Verify(c.AuditFile(), key, heads)
	if err != nil {
		return v, fmt.Errorf("audit log: %w", err)
	}
	for _, gone := range v.Elsewhere {
		if here[gone.Log] {
			v.Findings = append(v.Findings, fmt.Sprintf("the log %s was written here, to write %d at least, and nothing of it is left", gone.Log, gone.Sequence))
		}
	}
	return v, nil
}
