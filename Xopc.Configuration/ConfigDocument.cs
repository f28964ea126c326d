using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Xopc.Configuration;

/// <summary>
/// The bytes of a configuration, known to be one JSON object: UTF-8 (a byte order mark is accepted), no comments, no trailing commas, no key
/// twice in an object, no text after it, at most <see cref="MaxBytes"/> long and <see cref="MaxDepth"/> deep.
/// </summary>
public sealed class ConfigDocument
{
    public const int MaxBytes = 1024 * 1024;
    public const int MaxDepth = 64;

    private static readonly JsonWriterOptions Pretty = new()
    {
        Indented = true, IndentSize = 2, NewLine = "\n", MaxDepth = MaxDepth, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private ConfigDocument(JsonElement root, string hash, bool exists) => (Root, Hash, Exists) = (root, hash, exists);

    /// <summary>An absent file: an empty object, and the hash of nothing.</summary>
    public static ConfigDocument Absent { get; } = new(JsonElement.Parse("{}"), HashOf([]), exists: false);

    /// <summary>As written: references are not filled in.</summary>
    public JsonElement Root { get; }

    /// <summary>SHA-256 of the bytes, hex, lower case.</summary>
    public string Hash { get; }

    public bool Exists { get; }

    /// <summary>A copy to edit: order, unknown keys and <c>${VAR}</c> texts as written.</summary>
    public JsonObject ToJsonObject() => JsonObject.Create(Root)!.DeepClone().AsObject();

    /// <exception cref="ConfigException">The bytes are not such an object; says line and column.</exception>
    public static ConfigDocument Parse(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length > MaxBytes)
        {
            throw Unusable(file, $"is longer than {MaxBytes} bytes", "Move large texts into files of the workspace.");
        }

        var hash = HashOf(bytes);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            bytes = bytes[3..];
        }

        if (!Utf8.IsValid(bytes))
        {
            throw Unusable(file, "is not UTF-8 text", "Save it as UTF-8 without a byte order mark.");
        }

        if (bytes.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw Unusable(file, "is empty or no regular file", $"Restore {Path.GetFileName(file)}.bak, write {{}} into it, or delete it to start with the defaults.");
        }

        DocumentScan.Check(bytes, file);
        return new ConfigDocument(JsonElement.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth }), hash, exists: true);
    }

    /// <summary>Pretty JSON, two spaces, line feeds, one at the end.</summary>
    /// <exception cref="InvalidOperationException">The object is deeper than <see cref="MaxDepth"/>.</exception>
    internal static byte[] Serialise(JsonObject document)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Pretty))
        {
            document.WriteTo(writer);
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    internal static ConfigException Unusable(string file, string problem, string fix) => new(file, [new ConfigProblem("", problem, fix)]);

    internal static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
