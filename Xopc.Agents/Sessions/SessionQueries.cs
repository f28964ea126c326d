using System.Globalization;
using System.Text.Json;
using Xopc.Agents.Models;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Sessions;

/// <summary>Checks what requests ask of sessions.</summary>
internal static class SessionQueries
{
    private const int DefaultLimit = 50;
    public const int MaxLimit = 500;
    public static readonly string[] Statuses = ["active", "idle", "archived", "pinned"];
    public static readonly string[] SortOrders = ["asc", "desc"];
    public static readonly string[] SortKeys = [.. SessionList.SortColumns.Keys];

    public static SessionQuery Read(IQueryCollection query)
    {
        var status = Text(query, "status");
        if (status is not null && !Statuses.Contains(status, StringComparer.Ordinal))
        {
            throw Invalid("status must be one of active, idle, archived, pinned.");
        }

        var sortBy = Text(query, "sortBy") ?? "updatedAt";
        if (!SessionList.SortColumns.TryGetValue(sortBy, out var column))
        {
            throw Invalid($"sortBy must be one of {string.Join(", ", SessionList.SortColumns.Keys)}.");
        }

        var order = Text(query, "sortOrder") ?? "desc";
        if (!SortOrders.Contains(order, StringComparer.Ordinal))
        {
            throw Invalid("sortOrder must be asc or desc.");
        }

        var cursor = Text(query, "cursor");
        var after = cursor is null ? null : SessionCursor.Parse(cursor) ?? throw Invalid("cursor is not one that this list gave.");
        var search = Text(query, "search");
        if (search is { Length: > 200 })
        {
            throw Invalid("search has more than 200 characters.");
        }

        return new SessionQuery(
            status, search, Text(query, "channel")?.ToLowerInvariant(), column, order == "desc", Limit(query, MaxLimit),
            after is null ? Number(query, "offset", 0, int.MaxValue) : 0, after);
    }

    /// <summary>The page size asked for: 50 without one or for 0, an error beyond <paramref name="max"/>.</summary>
    public static int Limit(IQueryCollection query, int max) => Number(query, "limit", 0, max) is > 0 and var limit ? limit : Math.Min(DefaultLimit, max);

    public static int Offset(IQueryCollection query) => Number(query, "offset", 0, int.MaxValue);

    /// <summary>Applies <c>{thinkingLevel?, reasoningLevel?, model?}</c>; null or "" clears an override.</summary>
    public static SessionSettings Apply(SessionSettings settings, JsonElement patch, ModelCatalog catalog)
    {
        try
        {
            return Applied(settings, patch, catalog);
        }
        catch (InvalidOperationException)
        {
            throw Invalid("The body holds text that is no valid Unicode."); // JSON is read as text only here: broken UTF-8, half a surrogate pair
        }
    }

    private static SessionSettings Applied(SessionSettings settings, JsonElement patch, ModelCatalog catalog)
    {
        foreach (var property in patch.EnumerateObject())
        {
            settings = property.Name switch
            {
                "thinkingLevel" => settings with { ThinkingLevel = Checked(property, ThinkingLevels.Parse, "Invalid thinking level") },
                "reasoningLevel" => settings with { ReasoningLevel = Checked(property, ThinkingLevels.ParseReasoning, "Invalid reasoning level") },
                "model" => settings with { Model = Checked(property, text => SubmissionReader.CheckModel(text, catalog).ToString(), "Invalid model") },
                _ => settings,
            };
        }

        return settings;
    }

    private static string? Checked(JsonProperty property, Func<string, string?> parse, string error) => property.Value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String when property.Value.GetString() is { } text => text.Length == 0 ? null : parse(text) ?? throw Invalid(error),
        _ => throw Invalid(error),
    };

    private static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    private static int Number(IQueryCollection query, string name, int min, int max)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
        {
            return min;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Invalid($"{name} must be a whole number from {min} to {max}.");
    }

    private static ApiException Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}
