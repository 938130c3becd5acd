package store

import (
	"database/sql"
	"errors"
)

// What a closure can tell apart. Any other error of the database is a fault of the server.
var (
	// ErrNotFound says that there is no such row. It is database/sql's own, which generated code returns.
	ErrNotFound = sql.ErrNoRows
	// ErrExists says that a row with that key or name is there already.
	ErrExists = errors.New("store: already exists")
	// ErrInUse says that other rows refer to the one to be deleted, or that the row referred to is not there.
	ErrInUse = errors.New("store: in use")
	// ErrClosed is what Update answers after Close.
	ErrClosed = errors.New("store: closed")
)
