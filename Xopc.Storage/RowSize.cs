namespace Xopc.Storage;

/// <summary>What a row is taken to weigh on disk, for the bounds in bytes.</summary>
internal static class RowSize
{
    /// <summary>The short columns, the row's header and its entries in the indexes.</summary>
    private const int Fixed = 200;

    // Id and key stand in the row and in one index each.
    public static long Of(string id, string key, int bodyBytes) => Fixed + (2L * (id.Length + key.Length)) + bodyBytes;
}
