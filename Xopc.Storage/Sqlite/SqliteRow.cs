using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using SQLitePCL;

namespace Xopc.Storage.Sqlite;

/// <summary>The current row of a statement, as the reader that a map function is given. It does not advance: the query does.</summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It is one row; the base class's collection of columns is the platform's idea.")]
internal sealed class SqliteRow(sqlite3_stmt statement) : DbDataReader
{
    public override int FieldCount => raw.sqlite3_column_count(statement);

    public override int Depth => 0;

    public override bool HasRows => true;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool IsDBNull(int ordinal) => TypeOf(ordinal) == raw.SQLITE_NULL;

    public override long GetInt64(int ordinal) => NotNull(ordinal) ? raw.sqlite3_column_int64(statement, ordinal) : 0;

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    public override double GetDouble(int ordinal) => NotNull(ordinal) ? raw.sqlite3_column_double(statement, ordinal) : 0;

    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    public override decimal GetDecimal(int ordinal) => (decimal)GetDouble(ordinal);

    // Not column_text: that ends at the first NUL, and a person's text may contain one.
    public override string GetString(int ordinal) =>
        NotNull(ordinal) && TypeOf(ordinal) is raw.SQLITE_TEXT or raw.SQLITE_BLOB
            ? Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, ordinal))
            : raw.sqlite3_column_text(statement, ordinal).utf8_to_string();

    public override T GetFieldValue<T>(int ordinal)
    {
        if (typeof(T) == typeof(byte[]))
        {
            return (T)(object)Bytes(ordinal).ToArray();
        }

        if (typeof(T) == typeof(int))
        {
            return (T)(object)GetInt32(ordinal);
        }

        if (typeof(T) == typeof(bool))
        {
            return (T)(object)GetBoolean(ordinal);
        }

        return (T)GetValue(ordinal);
    }

    public override object GetValue(int ordinal) => TypeOf(ordinal) switch
    {
        raw.SQLITE_NULL => DBNull.Value,
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, ordinal),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, ordinal),
        raw.SQLITE_TEXT => Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, ordinal)),
        _ => raw.sqlite3_column_blob(statement, ordinal).ToArray(),
    };

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }

        return count;
    }

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var bytes = Bytes(ordinal);
        if (buffer is null)
        {
            return bytes.Length;
        }

        var count = (int)Math.Clamp(bytes.Length - dataOffset, 0, length);
        bytes.Slice((int)dataOffset, count).CopyTo(buffer.AsSpan(bufferOffset));
        return count;
    }

    public override string GetName(int ordinal) => raw.sqlite3_column_name(statement, ordinal).utf8_to_string();

    public override int GetOrdinal(string name)
    {
        for (var i = 0; i < FieldCount; i++)
        {
            if (string.Equals(GetName(i), name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(name), name, "No such column.");
    }

    public override Type GetFieldType(int ordinal) => TypeOf(ordinal) switch
    {
        raw.SQLITE_INTEGER => typeof(long),
        raw.SQLITE_FLOAT => typeof(double),
        raw.SQLITE_TEXT => typeof(string),
        _ => typeof(byte[]),
    };

    public override string GetDataTypeName(int ordinal) => GetFieldType(ordinal).Name;

    public override bool Read() => throw new NotSupportedException("The query advances; a map function reads one row.");

    public override bool NextResult() => throw new NotSupportedException("The query advances; a map function reads one row.");

    public override IEnumerator GetEnumerator() => throw new NotSupportedException("The query advances; a map function reads one row.");

    public override char GetChar(int ordinal) => throw Unsupported();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw Unsupported();

    public override DateTime GetDateTime(int ordinal) => throw Unsupported();

    public override Guid GetGuid(int ordinal) => throw Unsupported();

    private static NotSupportedException Unsupported() => new("A column holds text, numbers, bytes or null; instants are Unix milliseconds.");

    private int TypeOf(int ordinal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ordinal, FieldCount);
        return raw.sqlite3_column_type(statement, ordinal);
    }

    private bool NotNull(int ordinal) =>
        TypeOf(ordinal) != raw.SQLITE_NULL ? true : throw new InvalidCastException($"Column '{GetName(ordinal)}' is null.");

    private ReadOnlySpan<byte> Bytes(int ordinal)
    {
        NotNull(ordinal);
        return raw.sqlite3_column_blob(statement, ordinal);
    }
}
