# Ruby's pg, and Sequel where it is installed: parameters, prepared statements, cursors, single row mode.
require 'pg'

$number = 0
$failed = false
def ok(passed, name, why = '')
  $number += 1
  puts "#{passed ? 'ok' : 'not ok'} #{$number} - #{name}"
  return if passed
  $failed = true
  why.to_s.each_line { |line| puts "# #{line}" }
end

def used(plan, index, name)
  ok(plan.include?("Index Scan using #{index} on items") && plan.include?('Order By: '), name, plan)
end

def nearest(found, exact, name)
  ok(found.size == 5 && found.zip(exact).all? { |a, b| (a - b).abs < 1e-6 }, name, "#{found}\n#{exact}")
end

def walked(distances, name)
  ok(distances.size == 300 && distances.each_cons(2).all? { |a, b| a <= b + 1e-6 }, name, distances)
end

connection = PG.connect
rows = connection.exec('SELECT id, embedding, half, sparse, bits FROM source ORDER BY id').values
connection.prepare('insert', 'INSERT INTO items VALUES ($1, $2, $3, $4, $5)')
rows.each { |row| connection.exec_prepared('insert', row) }
ok(connection.exec('SELECT * FROM items ORDER BY id').values == rows, 'pg: every row comes back as its text')
searches = connection.exec('SELECT name, create_index, query, target FROM searches ORDER BY name').values
searches.each do |name, create, query, target|
  connection.exec(create)
  used(connection.exec_params("EXPLAIN (COSTS off) #{query}", [target]).column_values(0).join("\n"), name, "pg: #{name}: EXPLAIN shows the index")
  exact = connection.exec_params('SELECT * FROM exact($1)', [name]).column_values(0).map(&:to_f)
  connection.prepare(name, query)
  found = nil
  # More often than the five times after which PostgreSQL may take a generic plan.
  7.times { found = connection.exec_prepared(name, [target]).column_values(1).map(&:to_f) }
  nearest(found, exact, "pg: #{name}: the nearest rows")
end

walk = 'SELECT embedding <-> $1 FROM items ORDER BY embedding <-> $1'
used(connection.exec_params("EXPLAIN (COSTS off) DECLARE c CURSOR FOR #{walk}", [rows[42][1]]).column_values(0).join("\n"),
     'items_embedding_l2', 'pg: EXPLAIN of a cursor shows the index')
connection.transaction do
  connection.exec_params("DECLARE c CURSOR FOR #{walk}", [rows[42][1]])
  distances = []
  until (batch = connection.exec('FETCH 50 FROM c').column_values(0)).empty?
    distances += batch.map(&:to_f)
  end
  walked(distances, 'pg: a cursor reads by fifties')
end
connection.send_query_params(walk, [rows[42][1]])
connection.set_single_row_mode
distances = []
connection.get_result.stream_each_row { |row| distances << row[0].to_f }
walked(distances, 'pg: rows come one by one')

begin
  require 'sequel'
  require 'logger'
rescue LoadError
  $number += 1
  puts "ok #{$number} # skip there is no Sequel (Debian package ruby-sequel)"
  puts "1..#{$number}"
  exit !$failed
end

db = Sequel.connect(adapter: 'postgres', host: ENV['PGHOST'], port: ENV['PGPORT'], user: ENV['PGUSER'], database: ENV['PGDATABASE'])
db[:items].delete
db[:items].multi_insert(rows.map { |row| %i[id embedding half sparse bits].zip(row).to_h })
ok(db[:items].count == 300, 'Sequel: multi_insert inserts the rows')
searches.each do |name, _, query, target|
  column = Sequel[name.split('_')[1].to_sym]
  operator = query.split[3]
  distance = Sequel.lit("? #{operator} CAST(? AS #{query[/AS (\w+(\(\d+\))?)\)/, 1]})", column, target)
  dataset = db[:items].select(:id, distance.as(:distance)).order(distance).limit(5)
  used(dataset.explain, name, "Sequel: #{name}: EXPLAIN shows the index")
  exact = db.fetch('SELECT * FROM exact(?)', name).map(:exact)
  nearest(dataset.map(:distance), exact, "Sequel: #{name}: the nearest rows")
end
distance = Sequel.lit('embedding <-> CAST(? AS vector)', rows[42][1])
dataset = db[:items].select(distance.as(:distance)).order(distance)
walked(dataset.use_cursor(rows_per_fetch: 50).map(:distance), 'Sequel: use_cursor reads by fifties')
puts "1..#{$number}"
exit !$failed
