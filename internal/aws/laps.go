package aws

import (
	"sync"
	"time"
)

// maxLaps bounds what is kept of one request: to delete a thousand objects takes a thousand decisions.
const maxLaps = 64

// Laps are the parts of the time that a request took, for whoever wants to know. They are a value of the Call, as all that is
// known of a request. A nil *Laps keeps nothing and asks no clock.
type Laps struct {
	Began time.Time // the request

	now    func() time.Time
	mu     sync.Mutex
	all    []Lap
	within int // index of the lap that is under way; -1: none
}

// Lap is a part of a request's time.
type Lap struct {
	Name       string
	Begin, End time.Time // End is zero while it is under way
	Within     int       // index of the lap that this one is a part of; -1: of none
}

// NewLaps begins to keep the laps of a request.
func NewLaps(now func() time.Time) *Laps { return &Laps{Began: now(), now: now, within: -1} }

func nothing() {}

// Begin begins a lap, which ends when end is called.
func (l *Laps) Begin(name string) (end func()) {
	if l == nil {
		return nothing
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == maxLaps {
		return nothing
	}
	i, within := len(l.all), l.within
	l.all = append(l.all, Lap{Name: name, Begin: l.now(), Within: within})
	l.within = i
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all[i].End, l.within = l.now(), within
	}
}

// All are the laps by their beginning, the first 64 of a request.
func (l *Laps) All() []Lap {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Lap(nil), l.all...)
}
