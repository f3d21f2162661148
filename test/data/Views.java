/*
 * Views.java: what the PostgreSQL JDBC driver makes of the views in a schema: their metadata and all rows.
 * Run by clients.pl: java -cp postgresql.jar Views.java URL SCHEMA
 *
 * It asks for tables and views, as tools do, so it does not see a materialized view.
 *
 * Prints, separated by tabs:
 *   view    NAME  KIND  whether it has a comment
 *   column  VIEW  NAME  TYPE  JDBC TYPE  whether it has a comment
 *   rows    VIEW  how many
 *   sum     VIEW  COLUMN  sum of a column of numbers, as the driver converts them
 */
import java.math.BigDecimal;
import java.sql.*;

public class Views {
	public static void main(String[] args) throws SQLException {
		try (Connection connection = DriverManager.getConnection(args[0])) {
			connection.setReadOnly(true);
			DatabaseMetaData metadata = connection.getMetaData();
			try (ResultSet views = metadata.getTables(null, args[1], "%", new String[] {"TABLE", "VIEW"})) {
				while (views.next())
					print("view", views.getString("TABLE_NAME"), views.getString("TABLE_TYPE"), isSaid(views.getString("REMARKS")));
			}
			try (ResultSet columns = metadata.getColumns(null, args[1], "%", "%")) {
				while (columns.next())
					print("column", columns.getString("TABLE_NAME"), columns.getString("COLUMN_NAME"), columns.getString("TYPE_NAME"),
						JDBCType.valueOf(columns.getInt("DATA_TYPE")).getName(), isSaid(columns.getString("REMARKS")));
			}
			try (ResultSet views = metadata.getTables(null, args[1], "%", new String[] {"TABLE", "VIEW"})) {
				while (views.next())
					readView(connection, args[1], views.getString("TABLE_NAME"));
			}
		}
	}

	private static void readView(Connection connection, String schema, String view) throws SQLException {
		String query = "SELECT * FROM \"" + schema.replace("\"", "\"\"") + "\".\"" + view.replace("\"", "\"\"") + "\"";
		try (PreparedStatement statement = connection.prepareStatement(query); ResultSet rows = statement.executeQuery()) {
			ResultSetMetaData columns = rows.getMetaData();
			BigDecimal[] sums = new BigDecimal[columns.getColumnCount()];
			long count = 0;
			for (; rows.next(); count++)
				for (int i = 0; i < sums.length; i++) {
					Object value = rows.getObject(i + 1);
					if (value instanceof Number)
						sums[i] = (sums[i] == null ? BigDecimal.ZERO : sums[i]).add(new BigDecimal(value.toString()));
				}
			print("rows", view, Long.toString(count));
			for (int i = 0; i < sums.length; i++)
				if (sums[i] != null)
					print("sum", view, columns.getColumnName(i + 1), sums[i].toPlainString());
		}
	}

	private static String isSaid(String remarks) {
		return remarks == null || remarks.isEmpty() ? "silent" : "said";
	}

	private static void print(String... words) {
		System.out.println(String.join("\t", words));
	}
}
