package server

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/auditsink"
)

// sinkDrainTimeout is how long the end of the server waits for what its sinks have not taken. They get it at the next start.
const sinkDrainTimeout = 5 * time.Second

func (s *Server) openAuditSinks() (err error) {
	s.auditSinks, err = auditsink.Open(s.audit, s.config.AuditSinks, auditsink.Options{
		Stdout: s.config.Stdout, Now: s.config.Now, Logger: s.config.Logger,
	})
	return err
}

// closeAuditSinks hands them what the log has.
func (s *Server) closeAuditSinks() error {
	ctx, cancel := context.WithTimeout(context.Background(), sinkDrainTimeout)
	defer cancel()
	return errors.Join(s.audit.Flush(), s.auditSinks.Close(ctx))
}
