package limit

import (
	"net/netip"
	"sync"
	"time"
)

// Block is a time in which requests from a network were refused unread.
type Block struct {
	Network      netip.Prefix // the zero Prefix: of many networks, beyond those that are told apart
	Began, Until time.Time
	Refused      int64
	Over         bool
}

// blocks are evidence. They decide on nothing.
type blocks struct {
	mu     sync.Mutex
	of     map[netip.Prefix]*block
	others block // of the networks that there was no room for
}

type block struct {
	Block
	told bool // that it began
}

// maxBlocks is how many networks are told apart.
const maxBlocks = 1 << 12

func (b *blocks) begin(n netip.Prefix, now, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.of[n]
	switch {
	case known != nil:
	case len(b.of) < maxBlocks:
		if b.of == nil {
			b.of = map[netip.Prefix]*block{}
		}
		known = &block{Block: Block{Network: n, Began: now}}
		b.of[n] = known
	default:
		if known = &b.others; known.Began.IsZero() {
			known.Began = now
		}
	}
	known.Until = until
}

func (b *blocks) count(n netip.Prefix) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.of[n]; known != nil {
		known.Refused++
		return
	}
	b.others.Refused++
}

// Blocks are those that began or ended since it was last called, so at most two of each Block, and no more than maxBlocks and one
// begin before others end.
func (l *Limiter) Blocks(now time.Time) []Block {
	b := &l.blocks
	b.mu.Lock()
	defer b.mu.Unlock()
	var news []Block
	for n, known := range b.of {
		if known.tell(now, &news) {
			delete(b.of, n)
		}
	}
	if !b.others.Began.IsZero() && b.others.tell(now, &news) {
		b.others = block{}
	}
	return news
}

// tell appends what is new of a block, and reports whether it is over.
func (k *block) tell(now time.Time, news *[]Block) bool {
	k.Over = now.After(k.Until)
	if k.Over || !k.told {
		*news = append(*news, k.Block)
	}
	k.told = true
	return k.Over
}
