package server

import (
	"context"
	"fmt"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/verifierapi"
)

// blockAction is the name under which the audit log has that requests from somewhere are refused unread.
const blockAction = "BlockSourceAddress"

// recordBlocks writes down which blocks of networks have begun, and which are over: a line for each, however many requests they
// refused.
func (s *Server) recordBlocks(now time.Time) {
	for _, block := range s.limits.Blocks(now) {
		event := blockEvent(block, s.config.Now())
		if err := s.audit.Record(event); err != nil {
			s.config.Logger.Warn("a block is not recorded", "network", block.Network, "refused", block.Refused, "error", err)
		}
		s.config.Logger.Warn("requests are refused unread", "network", block.Network, "from", block.Began, "until", block.Until, "over", block.Over, "refused", block.Refused)
	}
}

func blockEvent(b limit.Block, now time.Time) audit.Event {
	network, source := "many other networks", b.Network.Addr()
	if b.Network.IsValid() {
		network = b.Network.String()
	}
	verb := "are"
	if b.Over {
		verb = "were"
	}
	reason := fmt.Errorf("requests from %s %s refused unread from %s to %s: %d so far",
		network, verb, b.Began.UTC().Format(time.RFC3339), b.Until.UTC().Format(time.RFC3339), b.Refused)
	return audit.Event{
		Call:   aws.Call{Now: now.UTC(), RequestID: aws.NewRequestID(), SourceIP: source, Service: verifierapi.Service},
		Action: blockAction, ReadOnly: true,
		Err: limit.ErrBlocked.Because(reason),
	}
}

// logRefusedConnections tells of connections that were closed at once, a line for each door, network and ten seconds.
func (s *Server) logRefusedConnections(ctx context.Context) {
	for _, door := range s.doors {
		for network, n := range door.listener.Refused() {
			s.config.Logger.WarnContext(ctx, "connections refused: too many are open", "door", door.name, "network", network, "refused", n)
		}
	}
}
