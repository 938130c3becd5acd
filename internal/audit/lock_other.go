//go:build !unix

package audit

import "os"

// tryLock takes no lock where there is none that ends with the process.
func tryLock(*os.File) error { return nil }
