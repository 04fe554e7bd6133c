// Java's JDBC driver: batches, statements that are prepared on the server, fetch size.
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

public class Jdbc {
    private static int number = 0;
    private static boolean failed = false;

    private static void ok(boolean passed, String name, Object why) {
        number++;
        System.out.println((passed ? "ok " : "not ok ") + number + " - " + name);
        if (!passed) {
            failed = true;
            System.out.println("# " + why.toString().replace("\n", "\n# "));
        }
    }

    // The first column of all rows.
    private static List<String> column(Connection connection, String query, int which, String... parameters) throws SQLException {
        List<String> values = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i], Types.OTHER);
            }
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    values.add(result.getString(which));
                }
            }
        }
        return values;
    }

    private static void used(List<String> plan, String index, String name) {
        String text = String.join("\n", plan);
        ok(text.contains("Index Scan using " + index + " on items") && text.contains("Order By: "), name, text);
    }

    private static void insert(Connection connection, List<String[]> rows) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO items VALUES (?, ?, ?, ?, ?)")) {
            for (String[] row : rows) {
                insert.setInt(1, Integer.parseInt(row[0]));
                for (int i = 1; i < 5; i++) {
                    insert.setObject(i + 1, row[i], Types.OTHER);
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void search(Connection connection, String name, String query, String target) throws SQLException {
        String placed = query.replace("$1", "?");
        used(column(connection, "EXPLAIN (COSTS off) " + placed, 1, target, target), name, name + ": EXPLAIN shows the index");
        List<String> exact = column(connection, "SELECT * FROM exact('" + name + "')", 1);
        try (PreparedStatement statement = connection.prepareStatement(placed)) {
            // Beyond the five times from which the driver prepares it on the server, and those until a generic plan.
            for (int run = 1; run <= 12; run++) {
                statement.setObject(1, target, Types.OTHER);
                statement.setObject(2, target, Types.OTHER);
                boolean same = true;
                int found = 0;
                try (ResultSet result = statement.executeQuery()) {
                    while (result.next()) {
                        same &= Math.abs(result.getDouble(2) - Double.parseDouble(exact.get(found))) < 1e-6;
                        found++;
                    }
                }
                if (run == 1 || run == 12) {
                    ok(same && found == 5, name + ": the nearest rows, run " + run, exact);
                }
            }
        }
    }

    private static void walk(Connection connection, String target) throws SQLException {
        String query = "SELECT embedding <-> CAST(? AS vector) FROM items ORDER BY embedding <-> CAST(? AS vector)";
        used(column(connection, "EXPLAIN (COSTS off) " + query, 1, target, target), "items_embedding_l2",
            "EXPLAIN of the query with a fetch size shows the index");
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setFetchSize(50);
            statement.setObject(1, target, Types.OTHER);
            statement.setObject(2, target, Types.OTHER);
            int rows = 0;
            boolean sorted = true;
            double last = Double.NEGATIVE_INFINITY;
            try (ResultSet result = statement.executeQuery()) {
                // A portal is open while rows are outstanding, so the driver did not read them all.
                while (result.next()) {
                    sorted &= last <= result.getDouble(1) + 1e-6;
                    last = result.getDouble(1);
                    rows++;
                    if (rows == 1) {
                        List<String> open = column(connection, "SELECT count(*) FROM pg_cursors WHERE statement LIKE 'SELECT embedding%'", 1);
                        ok(open.get(0).equals("1"), "a fetch size opens a portal", open);
                    }
                }
            }
            ok(rows == 300 && sorted, "a fetch size of 50 reads all rows in order", rows);
        }
        connection.commit();
    }

    public static void main(String[] arguments) throws Exception {
        String socket = System.getenv("PGHOST") + "/.s.PGSQL." + System.getenv("PGPORT");
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("PGUSER"));
        properties.setProperty("socketFactory", "UnixSocketFactory");
        properties.setProperty("socketFactoryArg", socket);
        try (Connection connection = DriverManager.getConnection("jdbc:postgresql://socket/" + System.getenv("PGDATABASE"), properties)) {
            List<String[]> rows = new ArrayList<>();
            List<String[]> searches = new ArrayList<>();
            try (ResultSet result = connection.createStatement().executeQuery("SELECT id, embedding, half, sparse, bits FROM source ORDER BY id")) {
                while (result.next()) {
                    rows.add(new String[] { result.getString(1), result.getString(2), result.getString(3), result.getString(4), result.getString(5) });
                }
            }
            insert(connection, rows);
            ok(column(connection, "SELECT count(*) FROM items", 1).get(0).equals("300"), "a batch inserts the rows", "");
            ok(column(connection, "SELECT sparse FROM items WHERE id = 43", 1).get(0).equals(rows.get(42)[3]), "a sparsevec comes back as its text", "");
            try (ResultSet result = connection.createStatement().executeQuery("SELECT name, create_index, query, target FROM searches ORDER BY name")) {
                while (result.next()) {
                    searches.add(new String[] { result.getString(1), result.getString(2), result.getString(3), result.getString(4) });
                }
            }
            for (String[] search : searches) {
                connection.createStatement().execute(search[1]);
                search(connection, search[0], search[2], search[3]);
            }
            walk(connection, rows.get(42)[1]);
        }
        System.out.println("1.." + number);
        System.exit(failed ? 1 : 0);
    }
}
