//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/internal/totp"
)

// user is an IAM user with an access key, an MFA device, and a policy for objects of its own.
type user struct {
	name                         string
	accessKeyID, secretAccessKey string
	serialNumber                 string
	seed                         []byte
}

// seed makes an account with n users, and returns its root's key too. It goes to the store directly, as making them by the API would take
// minutes.
func seed(ctx context.Context, dataDir string, n int) (_ []user, root credentials, err error) {
	config := server.Config{DataDir: dataDir, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
	s, err := server.New(ctx, config)
	if err != nil {
		return nil, root, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	account, err := s.Bootstrap(ctx)
	if err != nil {
		return nil, root, err
	}
	root = credentials{accessKeyID: account.RootAccessKeyID, secretAccessKey: account.RootSecretAccessKey}
	st, err := server.OpenStore(ctx, config)
	if err != nil {
		return nil, root, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	users := make([]user, n)
	for from := 0; from < n && err == nil; from += seedTogether {
		err = st.Update(ctx, func(tx *store.Tx) error {
			for i := from; i < min(n, from+seedTogether); i++ {
				if users[i], err = insertUser(ctx, tx, account.ID, fmt.Sprintf("user-%05d", i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return users, root, err
}

// seedTogether is how many users a transaction makes.
const seedTogether = 10_000

const ownObjects = `{"Version": "2012-10-17", "Statement": {
	"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket/${aws:username}/*"
}}`

func insertUser(ctx context.Context, tx *store.Tx, accountID, name string) (user, error) {
	now := store.Time{Time: time.Now()}
	userID := aws.NewUniqueID(aws.UserIDPrefix)
	accessKeyID, err := aws.NewAccessKeyID(aws.LongTermKeyPrefix, accountID)
	if err != nil {
		return user{}, err
	}
	u := user{
		name:            name,
		accessKeyID:     accessKeyID,
		secretAccessKey: aws.NewSecretAccessKey(),
		serialNumber:    "arn:aws:iam::" + accountID + ":mfa/" + name,
		seed:            []byte(aws.NewSecretAccessKey()),
	}
	return u, errors.Join(
		tx.InsertUser(ctx, store.InsertUserParams{
			UserID: userID, AccountID: accountID, Path: "/", UserName: name, NameKey: name, CreatedAt: now,
		}),
		tx.InsertAccessKey(ctx, store.AccessKey{
			AccessKeyID: u.accessKeyID, AccountID: accountID, UserID: store.UserID(userID), Status: store.Active, CreatedAt: now,
		}, u.secretAccessKey),
		tx.InsertMFADevice(ctx, store.MFADevice{
			SerialNumber: u.serialNumber, AccountID: accountID, Kind: store.Virtual, Algorithm: store.TOTP,
			Path: "/", DeviceName: name, NameKey: name, CreatedAt: now,
		}, u.seed),
		tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{EntityID: userID, PolicyName: "own-objects", Document: ownObjects}),
		assigned(tx.AssignMFADevice(ctx, store.AssignMFADeviceParams{
			SerialNumber: u.serialNumber, UserID: store.UserID(userID), EnabledAt: now, LastStep: totp.StepAt(now.Time) - 10,
		})),
	)
}

func assigned(n int64, err error) error {
	if err == nil && n != 1 {
		return errors.New("the MFA device was not assigned")
	}
	return err
}

func auditFile(dataDir string) string { return filepath.Join(dataDir, "audit.jsonl") }
