//go:build unix

package audit

import (
	"os"
	"syscall"
)

// tryLock takes a lock that ends with the file, or with the process.
func tryLock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
