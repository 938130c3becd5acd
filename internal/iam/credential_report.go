package iam

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

const (
	// reportLife is how long a credential report is good (aws-iam section 13).
	reportLife = 4 * time.Hour
	// reportTime is how the report writes times.
	reportTime = "2006-01-02T15:04:05-07:00"

	notApplicable = "N/A"
	notSupported  = "not_supported"
	noInformation = "no_information"
)

var reportHeader = strings.Split("user,arn,user_creation_time,"+
	"password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"+
	"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"+
	"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,"+
	"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated", ",")

// noCertificates are the last columns of every row: there are no signing certificates here.
var noCertificates = []string{"false", notApplicable, "false", notApplicable}

// credentials are all credentials of an account, by the unique id of the user who has them; root's are under "".
type credentials struct {
	account  store.Account
	users    []store.User
	keys     map[store.UserID][]store.AccessKey // oldest first
	profiles map[store.UserID]store.LoginProfile
	withMFA  map[store.UserID]bool
	maxAge   int64 // of passwords, in days; 0 for ever
}

func credentialsOf(ctx context.Context, tx *store.Tx, accountID string) (*credentials, error) {
	c := &credentials{
		keys: map[store.UserID][]store.AccessKey{}, profiles: map[store.UserID]store.LoginProfile{}, withMFA: map[store.UserID]bool{},
	}
	var err error
	if c.account, err = tx.Account(ctx, accountID); err != nil {
		return nil, err
	}
	c.users, err = tx.Users(ctx, store.UsersParams{AccountID: accountID, PathFrom: "/", PathTo: pathEnd("/"), MaxItems: maxUsers})
	if err != nil {
		return nil, err
	}
	rules, err := passwordRulesOf(ctx, tx, accountID)
	if err != nil {
		return nil, err
	}
	c.maxAge = rules.custom.MaxAge
	return c, c.load(ctx, tx)
}

func (c *credentials) load(ctx context.Context, tx *store.Tx) error {
	keys, err := tx.AccountAccessKeys(ctx, c.account.AccountID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		c.keys[key.UserID] = append(c.keys[key.UserID], key)
	}
	profiles, err := tx.AccountLoginProfiles(ctx, c.account.AccountID)
	if err != nil {
		return err
	}
	for _, profile := range profiles {
		c.profiles[store.UserID(profile.UserID)] = profile
	}
	devices, err := tx.AssignedMFADevices(ctx, c.account.AccountID)
	for _, device := range devices {
		c.withMFA[device.UserID] = true
	}
	return err
}

// report writes the credential report: a line for root, and one for each user by name (aws-iam section 13).
func (c *credentials) report() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	root := []string{
		"<root_account>", aws.RootARN(c.account.AccountID), reportDate(c.account.CreatedAt),
		notSupported, noInformation, notSupported, notSupported,
	}
	rows := [][]string{reportHeader, c.complete(root, "")}
	for _, user := range c.users {
		row := []string{user.UserName, userARN(user), reportDate(user.CreatedAt)}
		id := store.UserID(user.UserID)
		rows = append(rows, c.complete(append(row, c.password(id)...), id))
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// password is password_enabled to password_next_rotation. No password is ever used: there is nowhere to sign in.
func (c *credentials) password(id store.UserID) []string {
	profile, ok := c.profiles[id]
	if !ok {
		return []string{"false", notApplicable, notApplicable, notApplicable}
	}
	rotation := notApplicable
	if c.maxAge > 0 {
		rotation = reportDate(store.Time{Time: profile.ChangedAt.AddDate(0, 0, int(c.maxAge))})
	}
	return []string{"true", noInformation, reportDate(profile.ChangedAt), rotation}
}

// complete adds mfa_active and all that follows it.
func (c *credentials) complete(row []string, id store.UserID) []string {
	row = append(row, strconv.FormatBool(c.withMFA[id]))
	for i := range MaxAccessKeys {
		row = append(row, reportKey(c.keys[id], i)...)
	}
	return append(row, noCertificates...)
}

func reportKey(keys []store.AccessKey, i int) []string {
	if i >= len(keys) {
		return []string{"false", notApplicable, notApplicable, notApplicable, notApplicable}
	}
	key := keys[i]
	columns := []string{strconv.FormatBool(key.Status == store.Active), reportDate(key.CreatedAt), notApplicable, notApplicable, notApplicable}
	if !key.LastUsedAt.IsZero() {
		columns[2], columns[3], columns[4] = reportDate(key.LastUsedAt), key.LastUsedRegion, key.LastUsedService
	}
	return columns
}

func reportDate(t store.Time) string { return t.UTC().Format(reportTime) }
