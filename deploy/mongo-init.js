// Makes the replica set rs0 and the site's user; running it again changes nothing but the
// password, which is set to that of .env.
const fs = require('node:fs');
const members = ['mongo1:27017', 'mongo2:27017', 'mongo3:27017'];
const root = encodeURIComponent(fs.readFileSync('/run/secrets/mongo_root_password', 'utf8').trim());
const password = process.env.MONGO_APP_PASSWORD;

// The first start of mongo1 still makes its root user: wait for it, two minutes at most.
function patiently(what, step) {
  for (let i = 0; ; i++) {
    try {
      return step();
    } catch (err) {
      if (i === 60) throw err;
      print(`${what}: ${err.message}`);
      sleep(2000);
    }
  }
}

patiently('replica set', () => {
  const admin = connect(`mongodb://root:${root}@${members[0]}/admin?directConnection=true`);
  try {
    admin.runCommand({ replSetGetStatus: 1 });
  } catch (err) {
    if (err.code !== 94) throw err; // 94: not yet initialised
    admin.runCommand({ replSetInitiate: { _id: 'rs0', members: members.map((host, _id) => ({ _id, host })) } });
  }
});

patiently('user', () => {
  const db = connect(`mongodb://root:${root}@${members.join(',')}/sunmao?replicaSet=rs0&authSource=admin&w=majority`);
  const roles = [{ role: 'readWrite', db: 'sunmao' }];
  if (db.getUser('sunmao')) db.updateUser('sunmao', { pwd: password, roles });
  else db.createUser({ user: 'sunmao', pwd: password, roles });
});
print('rs0 is ready');
