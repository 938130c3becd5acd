package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/store"
)

const bucketPolicyPutHelp = `Give a bucket behind the gateway a policy, in the place of the one it has.
FILE is its JSON, - standard input.

The policy says who may do what with the bucket and with what is in it, as S3's bucket
policies do: each Resource is arn:aws:s3:::BUCKET or begins with arn:aws:s3:::BUCKET/, each
Action is one of s3, and the whole has 20 KiB at most. Users, roles and accounts that a
Principal names must exist. Users and roles are kept by their ids: who is renamed keeps
what the policy says, and who is deleted and made again has none of it.

The account is the one that owns the bucket: that of the s3 upstream in the file that
daypass serve --config reads. Whether there is such a bucket is not checked.

A change acts on the next request, on every server within a second.`

const bucketPolicyShowHelp = `Print the policy of a bucket. A user or role that is gone shows as its unique id.`

func newGatewayCommand() *cobra.Command {
	return newGroupCommand("gateway", "Manage what stands behind the gateway",
		newGroupCommand("policy", "Manage the policies of buckets",
			newBucketPolicyPutCommand(), newBucketPolicyListCommand(), newBucketPolicyShowCommand(), newBucketPolicyDeleteCommand()))
}

func newBucketPolicyPutCommand() *cobra.Command {
	accountID := ""
	return newStoreCommand("put BUCKET FILE", "Give a bucket a policy", bucketPolicyPutHelp, 2,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			document, err := readPolicy(cmd.InOrStdin(), args[1])
			if err != nil {
				return err
			}
			owner, err := server.PutBucketPolicy(ctx, st, accountID, args[0], document, time.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "bucket %s of account %s has the policy\n", args[0], owner)
			return err
		}, ownerFlag(&accountID))
}

func newBucketPolicyListCommand() *cobra.Command {
	accountID := ""
	return newStoreCommand("list", "List the buckets that have a policy", "", 0,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, _ []string) error {
			policies, err := server.BucketPolicies(ctx, st, accountID)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "BUCKET\tCREATED\tUPDATED") //nolint:errcheck // Flush tells
			for _, p := range policies {
				//nolint:errcheck // Flush tells
				fmt.Fprintf(table, "%s\t%s\t%s\n", p.Resource, p.CreatedAt.Format(time.RFC3339), p.UpdatedAt.Format(time.RFC3339))
			}
			return table.Flush()
		}, ownerFlag(&accountID))
}

func newBucketPolicyShowCommand() *cobra.Command {
	accountID := ""
	return newStoreCommand("show BUCKET", "Print the policy of a bucket", bucketPolicyShowHelp, 1,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			document, err := server.BucketPolicy(ctx, st, accountID, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), document)
			return err
		}, ownerFlag(&accountID))
}

func newBucketPolicyDeleteCommand() *cobra.Command {
	accountID := ""
	return newStoreCommand("delete BUCKET", "Take the policy off a bucket", "", 1,
		func(ctx context.Context, cmd *cobra.Command, st *store.Store, args []string) error {
			owner, err := server.DeleteBucketPolicy(ctx, st, accountID, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "bucket %s of account %s has no policy\n", args[0], owner)
			return err
		}, ownerFlag(&accountID))
}

func ownerFlag(accountID *string) func(*pflag.FlagSet) {
	return func(flags *pflag.FlagSet) { accountFlag(flags, accountID) }
}
