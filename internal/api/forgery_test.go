package api_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/daypass/daypass/internal/testenv"
)

// TestForgedTokens holds that no secret that a client may have, root's included, makes a session token: not in the forms that other
// servers give theirs, nor in ours.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	session := s.keys["root/session"]
	genuine, err := base64.StdEncoding.DecodeString(session.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	forged := map[string]string{
		"a JWT without a signature": unsignedJWT(t, session.AccessKeyID),
		"the token of another server": func() string {
			status, body := testenv.New(t).Call(testenv.Root, "sts", "GetSessionToken")
			if status != http.StatusOK {
				t.Fatal(status, body)
			}
			return element(body, "SessionToken")
		}(),
		"the head of a genuine token before the claims of another": base64.StdEncoding.EncodeToString(append(genuine[:11:11], mustDecode(t, s.keys["alice/session"].SessionToken)[11:]...)),
	}
	for holder, key := range map[string]testenv.Key{"root": testenv.Root, "alice": s.keys["alice"], "the session": session} {
		forged["a JWT signed with the secret of "+holder] = signedJWT(t, session.AccessKeyID, key.SecretAccessKey)
		sum := sha256.Sum256([]byte(key.SecretAccessKey))
		forged["a token sealed with the secret of "+holder] = base64.StdEncoding.EncodeToString(sealedBy(t, sum[:], genuine))
	}
	for name, token := range forged {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := session
			k.SessionToken = token
			response, body := s.env.Do(s.env.Request(k, "sts", whoAmI))
			if response.StatusCode != http.StatusForbidden || element(body, "Code") != "InvalidClientTokenId" {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
}

func mustDecode(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// forgedClaims are such as MinIO has in its tokens.
func forgedClaims(t *testing.T, accessKeyID string) []byte {
	t.Helper()
	claims, err := json.Marshal(map[string]any{
		"accessKey": accessKeyID, "parent": testenv.Root.AccessKeyID, "exp": testenv.Start.Add(time.Hour).Unix(), "policy": "consoleAdmin",
	})
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func unsignedJWT(t *testing.T, accessKeyID string) string {
	t.Helper()
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(forgedClaims(t, accessKeyID)) + "."
}

func signedJWT(t *testing.T, accessKeyID, secret string) string {
	t.Helper()
	key := []byte(secret)
	for len(key) < sha512.Size { // the least that the library takes: HMAC pads with zeros as well
		key = append(key, 0)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS512, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(forgedClaims(t, accessKeyID))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// sealedBy is a token of our form, its claims sealed with AES-GCM under a key, with a nonce of zeros.
func sealedBy(t *testing.T, key, genuine []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm.Seal(genuine[:16:16], make([]byte, gcm.NonceSize()), forgedClaims(t, "ASIA"), genuine[:11]) // with the id of the key
}

// TestSecretsAreNotDerived holds that the secret of a session is no function of what its holder, or whoever sees its requests, can read:
// two sessions of one instant have different ones, and none is a digest of the texts of an answer, alone or keyed with one another.
func TestSecretsAreNotDerived(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	first, second := s.session(t, "alice"), s.session(t, "alice")
	if first.SecretAccessKey == second.SecretAccessKey || first.AccessKeyID == second.AccessKeyID {
		t.Fatal("two sessions have one secret, or one key")
	}
	visible := []string{
		first.AccessKeyID, first.SessionToken, string(mustDecode(t, first.SessionToken)), s.keys["alice"].AccessKeyID, "alice",
		testenv.AccountID, testenv.Start.Format(time.RFC3339), "AWS4" + first.AccessKeyID, second.AccessKeyID, second.SessionToken,
		s.keys["alice"].SecretAccessKey, testenv.Root.SecretAccessKey, second.SecretAccessKey, // nor of other secrets
	}
	tried := 0
	for _, digest := range []func() hash.Hash{md5.New, sha1.New, sha256.New, sha512.New} {
		for _, key := range visible {
			for _, text := range visible {
				keyed, joined := hmac.New(digest, []byte(key)), digest()
				keyed.Write([]byte(text))
				joined.Write([]byte(key + text))
				for _, sum := range [][]byte{keyed.Sum(nil), joined.Sum(nil)} {
					for _, spelt := range []string{hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum), base64.RawURLEncoding.EncodeToString(sum)} {
						if tried++; strings.Contains(spelt, first.SecretAccessKey[:20]) || strings.Contains(first.SecretAccessKey, spelt[:20]) {
							t.Fatalf("the secret is a digest of %q and %q", key, text)
						}
					}
				}
			}
		}
	}
	for _, text := range visible[:10] {
		if strings.Contains(text, first.SecretAccessKey) || strings.Contains(text, string(mustDecode(t, first.SecretAccessKey))) {
			t.Errorf("the secret is in %q", text)
		}
	}
	if tried < 4000 {
		t.Errorf("only %d digests were tried", tried)
	}
}

// TestSessionPolicyOnTheNextHop holds that a session that was narrowed by a policy gets no credentials that are not: not from STS, and not
// as a key of its own making.
func TestSessionPolicyOnTheNextHop(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	const role = "arn:aws:iam::" + testenv.AccountID + ":role/wide"
	trust := `{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + testenv.AccountID + `"},"Action":"sts:AssumeRole"}}`
	s.must(t, "CreateRole", "RoleName", "wide", "AssumeRolePolicyDocument", trust)
	s.must(t, "PutRolePolicy", "RoleName", "wide", "PolicyName", "all", "PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	s.must(t, "PutUserPolicy", "UserName", "alice", "PolicyName", "all", "PolicyDocument", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	narrow := `{"Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}}`
	for name, tt := range map[string]struct {
		policy string
		status int
	}{
		"narrowed":     {narrow, http.StatusForbidden},
		"not narrowed": {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, http.StatusOK},
	} {
		status, body := s.env.Call(s.keys["alice"], "sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "first", "Policy", tt.policy)
		if status != http.StatusOK {
			t.Fatal(status, body)
		}
		session := keyOf(body)
		if status, body := s.env.Call(session, "iam", "GetUser", "UserName", "alice"); status != http.StatusOK {
			t.Errorf("%s: what the session is for: %d %s", name, status, body)
		}
		for _, call := range [][]string{
			{"iam", "CreateAccessKey", "UserName", "alice"},
			{"iam", "PutUserPolicy", "UserName", "alice", "PolicyName", "more", "PolicyDocument", narrow},
			{"iam", "UpdateAssumeRolePolicy", "RoleName", "wide", "PolicyDocument", trust},
			{"sts", "AssumeRole", "RoleArn", role, "RoleSessionName", "second", "DurationSeconds", "900"},
		} {
			status, body := s.env.Call(session, call[0], call[1], call[2:]...)
			if status != tt.status {
				t.Errorf("%s: %s: %d %s", name, call[1], status, body)
			}
		}
		for _, action := range []string{"GetSessionToken", "GetFederationToken"} {
			if status, body := s.env.Call(session, "sts", action, "Name", "more"); status != http.StatusForbidden {
				t.Errorf("%s: %s: %d %s", name, action, status, body)
			}
		}
	}
}
