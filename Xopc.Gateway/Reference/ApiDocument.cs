using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xopc.ServiceDefaults.OpenApi;

namespace Xopc.Gateway.Reference;

/// <summary>
/// The OpenAPI 3.1 document of the whole surface: what this process maps and, in a bundle, what its services say of themselves. The same bytes in both shapes.
/// </summary>
internal sealed class ApiDocument(OpenApiPart own, IServiceProvider services, EdgeOptions edge, TimeProvider clock) : IDisposable
{
    // Long enough that nobody can make a bundle's services work by asking, short enough that one of another version is seen soon.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxAgeIncomplete = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _making = new(1, 1);
    private volatile Made? _latest;

    private sealed record Made(byte[] Json, bool Complete, long At);

    /// <param name="context">Of whoever asks: services are asked on their behalf.</param>
    public async Task<ReadOnlyMemory<byte>> GetAsync(HttpContext context)
    {
        if (Fresh() is { } fresh)
        {
            return fresh.Json;
        }

        await _making.WaitAsync(context.RequestAborted);
        try
        {
            return (Fresh() ?? (_latest = await MakeAsync(context))).Json;
        }
        finally
        {
            _making.Release();
        }
    }

    public void Dispose() => _making.Dispose();

    private Made? Fresh() => _latest is { } latest
        && (!edge.Proxy || clock.GetElapsedTime(latest.At) < (latest.Complete ? MaxAge : MaxAgeIncomplete)) ? latest : null;

    private async Task<Made> MakeAsync(HttpContext context)
    {
        List<JsonObject> parts = [Parse(own.Json)!];
        List<string> missing = [];
        if (edge.Proxy)
        {
            var asked = await services.GetRequiredService<ServiceParts>().GetAsync(context);
            foreach (var (service, json) in asked)
            {
                if (json is not null && Parse(json) is { } part)
                {
                    parts.Add(part);
                }
                else
                {
                    missing.Add(service);
                }
            }
        }

        return new Made(Write(parts, missing), missing.Count == 0, clock.GetTimestamp());
    }

    private static byte[] Write(List<JsonObject> parts, List<string> missing)
    {
        var paths = Merge(parts, "paths");
        var document = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Xopc gateway", ["version"] = GatewayVersion.Current,
                ["description"] = "Everything this gateway answers, made from its endpoints. Every failure has one shape: {\"error\":{\"code\",\"message\"}}.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = Tags(paths),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = Merge(parts, "components", "schemas"),
                ["responses"] = Merge(parts, "components", "responses"),
                ["securitySchemes"] = OpenApiSecurity.Schemes(),
            },
        };
        if (missing.Count > 0)
        {
            document["x-xopc-unavailable"] = new JsonArray([.. missing.Order(StringComparer.Ordinal).Select(static name => (JsonNode)name)]);
        }

        return Encoding.UTF8.GetBytes(document.ToJsonString(OpenApiText.Options));
    }

    /// <summary>One object of all parts, in the order of its names: parts that say the same thing say it once.</summary>
    private static JsonObject Merge(List<JsonObject> parts, params ReadOnlySpan<string> way)
    {
        var merged = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            JsonNode? node = part;
            foreach (var name in way)
            {
                node = node?[name];
            }

            foreach (var (name, value) in node as JsonObject ?? [])
            {
                merged.TryAdd(name, value?.DeepClone());
            }
        }

        return new JsonObject(merged);
    }

    private static JsonArray Tags(JsonObject paths)
    {
        var names = paths.SelectMany(static path => path.Value!.AsObject()).SelectMany(static operation => operation.Value!["tags"]!.AsArray())
            .Select(static tag => (string)tag!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return new JsonArray([.. names.Select(static name => new JsonObject { ["name"] = name })]);
    }

    private static JsonObject? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonNode.Parse(json.Span) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // no answer of ours: the service counts as unavailable
        }
    }
}
