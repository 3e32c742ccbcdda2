package mongodoc

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

const (
	defaultDatabase = "sunmao"
	// format is the version of the database's layout, kept in the collection meta.
	format = 1
	// reach is how long to look for a server before saying that there is none.
	reach = 5 * time.Second
	// patience is how long one command may take when the caller sets no deadline.
	patience = time.Minute
)

// Backend is a store.Backend on one MongoDB database.
type Backend struct {
	client  *mongo.Client
	db      *mongo.Database
	where   string // hosts and database, without user and password
	streams bool   // the server has change streams: a member of a replica set, or mongos
	ferret  bool   // FerretDB 1: groups are counted here
}

var _ store.Backend = (*Backend)(nil)

// Open connects to the database named in the path of the URI, "sunmao" if it names none.
// ErrUnavailable, with the address but never the password, if no server answers within
// 5 s, if it refuses the sign-in, or if the data is of a newer program.
func Open(ctx context.Context, uri string) (*Backend, error) {
	hosts, name := target(uri)
	b := &Backend{where: hosts + "/" + name}
	journal := true
	majority := writeconcern.Majority()
	majority.Journal = &journal
	// The URI may change the waiting times, but not what an acknowledged write means.
	client, err := mongo.Connect(options.Client().SetAppName("sunmao").
		SetServerSelectionTimeout(reach).SetConnectTimeout(reach).SetTimeout(patience).
		ApplyURI(uri).
		SetWriteConcern(majority).SetReadConcern(readconcern.Majority()))
	if err != nil {
		// The driver quotes the URI in some of these, password and all: not wrapped.
		return nil, partnership.Refuse(partnership.ErrUnavailable,
			"MongoDB 地址不正确（主机部分读作 %q）。写法：mongodb://用户:密码@主机:27017/数据库名，密码里的特殊字符要用 %%XX 转义。", hosts)
	}
	b.client, b.db = client, client.Database(name)
	if err := b.greet(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// target returns the hosts and the database that a URI names.
func target(uri string) (hosts, database string) {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	hosts, database, _ = strings.Cut(rest, "/")
	hosts = hosts[strings.LastIndexByte(hosts, '@')+1:]
	if database == "" {
		database = defaultDatabase
	}
	return hosts, database
}

// greet learns what the server is and checks the format of the data.
func (b *Backend) greet(ctx context.Context) error {
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"` // "isdbgrid" from mongos
	}
	if err := b.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return b.fault(err)
	}
	b.streams = hello.SetName != "" || hello.Msg == "isdbgrid"
	var build struct {
		Ferret string `bson:"ferretdbVersion"` // only FerretDB 1 says so
	}
	if err := b.db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return b.fault(err)
	}
	b.ferret = build.Ferret != ""
	var meta struct {
		Version int `bson:"version"`
	}
	found := b.db.Collection("meta").FindOne(ctx, bson.D{{Key: "_id", Value: "format"}})
	err := found.Decode(&meta)
	if errors.Is(err, mongo.ErrNoDocuments) {
		_, err = b.db.Collection("meta").InsertOne(ctx, bson.D{{Key: "_id", Value: "format"}, {Key: "version", Value: int64(format)}})
		if mongo.IsDuplicateKeyError(err) {
			return b.greet(ctx) // another node was first
		}
		return b.fault(err)
	}
	if err != nil {
		return b.fault(err)
	}
	if meta.Version > format {
		return partnership.Refuse(partnership.ErrUnavailable,
			"数据库 %s 由更新版本的 sunmao 写成（格式 %d，本程序只认识到 %d），不能用旧版本打开。请改用新版本的程序，或恢复旧版本时期的备份。", b.where, meta.Version, format)
	}
	return nil
}

// fault puts an error of the server or the network into words.
func (b *Backend) fault(err error) error {
	var server mongo.ServerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &server) && (server.HasErrorCode(18) || server.HasErrorCode(13)):
		return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
			"MongoDB（%s）拒绝登录或没有权限。请检查 SUNMAO_STORE 里的用户名、密码和该用户对数据库的读写权限。", b.where), err)
	case unsent(err) || mongo.IsNetworkError(err) || mongo.IsTimeout(err):
		return fmt.Errorf("%w: %w", partnership.Refuse(partnership.ErrUnavailable,
			"连接不上 MongoDB（%s）。请确认数据库正在运行、地址正确、网络可通，恢复后会自动重新连接。", b.where), err)
	}
	return err // the caller's own cancellation among them
}

// unsent tells that no server was found, so nothing was sent.
func unsent(err error) bool {
	var selection topology.ServerSelectionError
	var wait topology.WaitQueueTimeoutError
	return errors.As(err, &selection) || errors.As(err, &wait)
}

// Reply codes that leave open whether a write took place or will survive: the primary
// is stepping down or shutting down, or the majority has not confirmed in time.
var interrupted = []int{6, 7, 64, 89, 91, 100, 189, 262, 9001, 10107, 10058, 11600, 11602, 13435, 13436}

// uniqueInUpdate is how FerretDB 1.24 reports a unique key taken in an update: as an
// internal error with the words of its own SQLite or PostgreSQL.
var uniqueInUpdate = regexp.MustCompile(`UNIQUE constraint failed|duplicate key value violates unique constraint`)

// writeFault sorts the errors of a write: a key that is taken, a reply that was lost, or
// a fault.
func (b *Backend) writeFault(id string, err error) error {
	if err == nil {
		return nil
	}
	var server mongo.ServerError
	isServer := errors.As(err, &server)
	switch {
	case mongo.IsDuplicateKeyError(err), isServer && server.HasErrorCode(1) && uniqueInUpdate.MatchString(err.Error()):
		return &store.Taken{IDs: []string{id}}
	case unsent(err):
		return b.fault(err)
	case mongo.IsNetworkError(err), mongo.IsTimeout(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", store.ErrLost, err)
	case isServer && (server.HasErrorLabel("RetryableWriteError") || hasCode(server, interrupted)):
		return fmt.Errorf("%w: %w", store.ErrLost, err)
	}
	return b.fault(err)
}

func hasCode(err mongo.ServerError, codes []int) bool {
	for _, c := range codes {
		if err.HasErrorCode(c) {
			return true
		}
	}
	return false
}

// Ensure makes the indexes; the collection comes with the first document.
func (b *Backend) Ensure(ctx context.Context, spec store.Spec) error {
	var indexes []mongo.IndexModel
	for _, x := range spec.Indexes {
		keys := make(bson.D, len(x.Fields))
		for i, f := range x.Fields {
			keys[i] = bson.E{Key: f, Value: 1}
		}
		indexes = append(indexes, mongo.IndexModel{Keys: keys, Options: options.Index().SetUnique(x.Unique)})
	}
	if len(indexes) == 0 {
		return nil
	}
	_, err := b.db.Collection(spec.Name).Indexes().CreateMany(ctx, indexes)
	return b.fault(err)
}

// Close ends the connections.
func (b *Backend) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), reach)
	defer cancel()
	return b.client.Disconnect(ctx)
}
