// Package login gets sessions with MFA for people who type: it finds the device, asks for a code, and keeps the session so
// that the next command needs none. It works against AWS and against daypass alike, and is told the time.
package login
