package store

import "context"

// Text runs a statement of a test and returns the one value it answers with.
func (t *Tx) Text(ctx context.Context, query string) (text string, err error) {
	err = t.db.QueryRowContext(ctx, query).Scan(&text)
	return text, err
}
