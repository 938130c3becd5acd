//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

// policyCounts are how many inline policies the users have who are compared with those who have one.
var policyCounts = []int{10, 50}

const (
	statementsPerPolicy = 20
	usersPerCount       = 50
)

// measureGrowth shows what a request takes with more policies, and on more cores.
func measureGrowth(ctx context.Context, dir string, cpus []int, o options) error {
	dataDir := filepath.Join(dir, "data")
	users, _, err := seed(ctx, dataDir, usersPerCount*(1+len(policyCounts)))
	if err != nil {
		return err
	}
	if err := moveTo(cpus[1:]); err != nil {
		return err
	}
	if err := growPolicies(ctx, dataDir, cpus[:1], users, o); err != nil {
		return err
	}
	return growCores(ctx, dir, cpus, o)
}

// growPolicies compares what is decided on for a proxy: requests of users with one policy, and of users with many.
func growPolicies(ctx context.Context, dataDir string, cpus []int, users []user, o options) (err error) {
	groups := make([][]user, 1+len(policyCounts))
	for i := range groups {
		groups[i] = users[i*usersPerCount:][:usersPerCount]
	}
	for i, count := range policyCounts {
		if err := addPolicies(ctx, dataDir, groups[1+i], count-1); err != nil {
			return err
		}
	}
	s, questions, err := startDecider(ctx, o.daypass, dataDir, cpus, users[:usersPerCount*len(groups)])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	d, err := newSide(s.daypass, o.connections)
	if err != nil {
		return err
	}
	defer d.close()
	requests := func(group int) [][]byte {
		all := make([][]byte, o.requests)
		for i := range all {
			all[i] = questions[group*usersPerCount+i%usersPerCount]
		}
		return all
	}
	for i, count := range policyCounts {
		fmt.Printf("may a request of a session pass, with 1 policy and with %d, of %d statements each, %d rounds of %d requests\n",
			count, statementsPerPolicy, o.rounds, o.requests)
		ratio, err := compareRounds(o.rounds,
			func() (cost, error) { return s.round(ctx, d, requests(0)) },
			func() (cost, error) { return s.round(ctx, d, requests(1+i)) })
		if err != nil {
			return err
		}
		fmt.Printf("  CPU with 1 / with %-3d    %s\n", count, quartilesOf(ratio, 2))
	}
	return nil
}

// addPolicies gives users more inline policies, none of which says anything about the objects that they ask for.
func addPolicies(ctx context.Context, dataDir string, users []user, n int) (err error) {
	st, err := server.OpenStore(ctx, server.Config{DataDir: dataDir, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return st.Update(ctx, func(tx *store.Tx) error {
		for _, u := range users {
			key, err := tx.AccessKey(ctx, u.accessKeyID)
			if err != nil {
				return err
			}
			for i := range n {
				err := tx.PutInlinePolicy(ctx, store.PutInlinePolicyParams{
					EntityID: string(key.UserID), PolicyName: fmt.Sprintf("other-%02d", i), Document: otherObjects(i),
				})
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// otherObjects is a policy like those that people write: several services, and other buckets.
func otherObjects(i int) string {
	kinds := []string{
		`{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::team-%[1]d-%[2]d", "arn:aws:s3:::team-%[1]d-%[2]d/*"]}`,
		`{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::shared-%d/%d/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}`,
		`{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "arn:aws:dynamodb:*:*:table/t-%d-%d"}`,
		`{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::archive-%d-%d/*"}`,
		`{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:queue-%d-%d"}`,
	}
	statements := make([]string, statementsPerPolicy)
	for j := range statements {
		statements[j] = fmt.Sprintf(kinds[j%len(kinds)], i, j)
	}
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",\n") + `]}`
}

// growCores compares a server that may use one core with one that may use both, which then has to share one with the load.
func growCores(ctx context.Context, dir string, cpus []int, o options) (err error) {
	one, usersOfOne, err := startWithUsers(ctx, filepath.Join(dir, "one"), cpus[:1], o.users, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, one.stop()) }()
	two, usersOfTwo, err := startWithUsers(ctx, filepath.Join(dir, "two"), cpus, max(o.users, o.mfaRounds*mfaUsers), o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, two.stop()) }()
	fmt.Printf("GetSessionToken on one core and on two, %d connections, %d rounds of %d requests\n", o.connections, o.rounds, o.requests)
	ratio, err := comparePopulations(ctx, one, two, usersOfOne, usersOfTwo[:o.users], o)
	if err != nil {
		return err
	}
	fmt.Printf("  CPU on one core / on two    %s\n", quartilesOf(ratio, 2))
	fmt.Printf("GetSessionToken with MFA, %d connections, %d rounds of %d requests, on two cores\n",
		mfaConnections, o.mfaRounds, mfaUsers*codesPerUser)
	s := servers{daypass: two.process, check: checkSession}
	return s.compareWithMFA(ctx, usersOfTwo, o.mfaRounds)
}
