using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.Contracts;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Sends requests beside objects of the operator's, and notes what should not have come back.</summary>
internal sealed class SurfaceCheck(SurfaceHost host, SurfaceObjects objects)
{
    private static readonly HashSet<string> Codes = [.. ErrorCode.All.Select(code => code.Name)];

    public SurfaceObjects Objects => objects;

    public List<string> Faults { get; } = [];

    public static async Task<SurfaceCheck> StartAsync(SurfaceHost host) => new(host, await SurfaceObjects.CreateAsync(host));

    public async Task ExpectAsync(SurfaceRoute route, string kind, string credential, int? expected, bool mayTell = false)
    {
        using var request = host.Request(new HttpMethod(route.Method), route.Target(objects), route.Body(objects), credential);
        await ExpectAsync(route, kind, request, expected, mayTell);
    }

    /// <param name="expected">Null: any status that is no fault of ours.</param>
    /// <param name="mayTell">Whether the caller may hear of the operator's objects.</param>
    public async Task ExpectAsync(SurfaceRoute route, string kind, HttpRequestMessage request, int? expected, bool mayTell = false)
    {
        using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        var status = (int)response.StatusCode;
        var text = response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await response.Content.ReadAsStringAsync(Wait.Cancelled);
        if (expected is { } wanted ? status != wanted : status >= 500)
        {
            Faults.Add($"{route} with {kind}: {status} instead of {expected} {text}");
        }

        if (status >= 400 && route.Method != "HEAD" && !IsError(text, response.Content.Headers.ContentType))
        {
            Faults.Add($"{route} with {kind}: {status} without the error shape: {text}");
        }

        if (status == 401 && route.Scope.PublicReason is null && response.Headers.WwwAuthenticate.Count == 0 && request.RequestUri!.Port == host.Address.Port)
        {
            Faults.Add($"{route} with {kind}: 401 without WWW-Authenticate");
        }

        if (!mayTell && new[] { objects.Mark, objects.RunId, objects.KeyId, objects.DeliveryId, objects.JobId }.FirstOrDefault(hidden => text.Contains(hidden, StringComparison.Ordinal)) is { } told)
        {
            Faults.Add($"{route} with {kind}: tells {told}, which is not theirs: {text}");
        }
    }

    /// <summary>No faults, and the objects are what they were.</summary>
    public async Task NothingHappenedAsync()
    {
        Assert.Empty(Faults);
        var keys = (await host.AskAsync(HttpMethod.Get, "/api/keys/" + objects.KeyId))["payload"]!;
        Assert.Equal("active", (string)keys["state"]!);
        var session = (await host.AskAsync(HttpMethod.Get, "/api/sessions/" + objects.SessionKey))["session"]!;
        Assert.Equal("active", (string)session["status"]!);
        Assert.Equal(2, session["messages"]!.AsArray().Count);
        var job = (await host.AskAsync(HttpMethod.Get, "/api/cron/" + objects.JobId))["job"]!;
        Assert.Equal((1, true), ((int)job["version"]!, (bool)job["enabled"]!));
        Assert.Empty((await host.AskAsync(HttpMethod.Get, $"/api/cron/{objects.JobId}/history"))["history"]!.AsArray());
    }

    private static bool IsError(string text, MediaTypeHeaderValue? type)
    {
        try
        {
            return type?.MediaType == "application/json" && JsonNode.Parse(text) is JsonObject { Count: 1 } body && body["error"] is JsonObject { Count: 2 } error
                && Codes.Contains((string)error["code"]!) && ((string?)error["message"])?.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
