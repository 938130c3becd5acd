//go:build !linux

package server

import "errors"

func clockSynchronized() (synchronized, known bool) { return false, false }

func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
