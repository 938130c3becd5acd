//go:build !unix

package login

import "io/fs"

func owned(fs.FileInfo) bool { return true }
