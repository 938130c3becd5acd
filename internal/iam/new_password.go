package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/password"
	"github.com/daypass/daypass/internal/store"
)

// maxFormerPasswords is how many passwords a policy may look back at. As many are kept whatever the policy says: a later
// one may ask for more.
const maxFormerPasswords = 24

var (
	errPasswordUsed     = aws.Errorf(aws.PasswordPolicyViolation, "Password should not be one of the passwords used before")
	errPasswordChanging = aws.Errorf(aws.EntityTemporarilyUnmodifiable,
		"The password or the password policy is being changed by another request. Please try again.")
)

// passwordState is what a new password is judged by.
type passwordState struct {
	user    store.User
	rules   passwordRules
	profile store.LoginProfile     // zero when the user has no password
	former  []store.FormerPassword // newest first
}

func passwordStateOf(ctx context.Context, tx *store.Tx, user store.User) (passwordState, error) {
	st := passwordState{user: user}
	var err error
	if st.profile, err = tx.LoginProfile(ctx, user.UserID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return st, err
	}
	if st.rules, err = passwordRulesOf(ctx, tx, user.AccountID); err != nil {
		return st, err
	}
	st.former, err = tx.FormerPasswords(ctx, store.FormerPasswordsParams{UserID: user.UserID, Limit: maxFormerPasswords})
	return st, err
}

// withPassword is the state of a user who must have a password.
func withPassword(ctx context.Context, tx *store.Tx, user store.User) (passwordState, error) {
	st, err := passwordStateOf(ctx, tx, user)
	if err == nil && st.profile.PasswordHash == "" {
		err = errNoLoginProfile(user.UserName)
	}
	return st, err
}

// same reports whether nothing has changed that a password was judged by. Two hashes are never equal, so the present one
// stands for the former ones too.
func (st passwordState) same(other passwordState) bool {
	return st.user.UserID == other.user.UserID && st.rules == other.rules && st.profile.PasswordHash == other.profile.PasswordHash
}

// used are the hashes of the last passwords, newest first, of which none may be used again.
func (st passwordState) used() []string {
	var hashes []string
	if st.profile.PasswordHash != "" {
		hashes = append(hashes, st.profile.PasswordHash)
	}
	for _, former := range st.former {
		hashes = append(hashes, former.PasswordHash)
	}
	return hashes[:min(len(hashes), int(st.rules.custom.ReusePrevention))]
}

// nextChange is now, or the first instant after the last change of the password: former passwords are told apart by it.
func (st passwordState) nextChange(now time.Time) store.Time {
	last := st.profile.ChangedAt.Time
	if len(st.former) > 0 && st.former[0].ChangedAt.After(last) {
		last = st.former[0].ChangedAt.Time
	}
	if now = now.Truncate(time.Microsecond); now.After(last) {
		return store.Time{Time: now}
	}
	return store.Time{Time: last.Add(time.Microsecond)}
}

// newPassword gives a user a password. To judge and to hash it takes long, and no transaction may wait for that: find
// reads in one what it is judged by, and in a second one, where write stores the hash, that this is still so.
type newPassword struct {
	text  string
	find  func(context.Context, *store.Tx) (passwordState, error)
	write func(ctx context.Context, tx *store.Tx, st passwordState, hash string, at store.Time) error
}

func (s *Service) setPassword(ctx context.Context, call aws.Call, p newPassword) error {
	var judged passwordState
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		judged, err = p.find(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	hash, err := s.judge(ctx, judged, p.text)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		st, err := p.find(ctx, tx)
		if err != nil {
			return err
		}
		if !st.same(judged) {
			return errPasswordChanging
		}
		if err := keepFormerPassword(ctx, tx, st); err != nil {
			return err
		}
		return p.write(ctx, tx, st, hash, st.nextChange(call.Now))
	})
}

// judge returns the hash of a password that keeps the rules.
func (s *Service) judge(ctx context.Context, st passwordState, text string) (string, error) {
	if err := st.rules.check(text); err != nil {
		return "", err
	}
	for _, hash := range st.used() {
		used, err := s.passwords.Matches(ctx, hash, text)
		if err != nil {
			return "", hashingError(err)
		}
		if used {
			return "", errPasswordUsed
		}
	}
	hash, err := s.passwords.Hash(ctx, text)
	if err != nil {
		return "", hashingError(err)
	}
	return hash, nil
}

// keepFormerPassword puts the present password among the former ones, and forgets those that no policy can ask for.
func keepFormerPassword(ctx context.Context, tx *store.Tx, st passwordState) error {
	if st.profile.PasswordHash == "" {
		return nil
	}
	err := tx.InsertFormerPassword(ctx, store.InsertFormerPasswordParams{
		UserID: st.user.UserID, PasswordHash: st.profile.PasswordHash, ChangedAt: st.profile.ChangedAt,
	})
	if errors.Is(err, store.ErrExists) {
		return errPasswordChanging // a concurrent request was faster
	}
	if err != nil || len(st.former) < maxFormerPasswords {
		return err
	}
	return tx.DeleteFormerPasswords(ctx, store.DeleteFormerPasswordsParams{
		UserID: st.user.UserID, ChangedAt: st.former[maxFormerPasswords-2].ChangedAt,
	})
}

func hashingError(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return aws.Errorf(aws.ServiceUnavailable, "Service is unable to handle request.").Because(err)
	}
	return aws.Internal(err)
}
