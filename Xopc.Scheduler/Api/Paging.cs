using System.Globalization;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Scheduler.Api;

/// <summary>The parameters of a page.</summary>
internal static class Paging
{
    public static int Limit(IQueryCollection query, int otherwise, int most) => (int)(Number(query, "limit", most) ?? otherwise);

    /// <summary>The position after which a page of history begins.</summary>
    public static long? Cursor(IQueryCollection query) => Number(query, "cursor", long.MaxValue);

    private static long? Number(IQueryCollection query, string name, long most)
    {
        if (query[name].ToString() is not { Length: > 0 } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new ApiException(ErrorCode.InvalidRequest, name == "cursor" ? "cursor is not the nextCursor of a page." : $"{name} is a number from 1 to {most}.");
    }
}
