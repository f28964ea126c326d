using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>
/// What this process maps, as paths and components of an OpenAPI 3.1 document. Made from the endpoint table when somebody asks for the first time, and kept:
/// the table does not change.
/// </summary>
public sealed class OpenApiPart(IServiceProvider services)
{
    /// <summary>Where a service of the bundle tells its part to the edge; no route of the edge leads there.</summary>
    public const string Path = "/internal/openapi.json";

    private readonly Lazy<byte[]> _json = new(() => Encoding.UTF8.GetBytes(
        Create(services.GetRequiredService<EndpointDataSource>().Endpoints, [.. services.GetServices<ApiShapes>()]).ToJsonString(OpenApiText.Options)));

    /// <summary><c>{"paths":{…},"components":{"schemas":{…},"responses":{…}}}</c></summary>
    public ReadOnlyMemory<byte> Json => _json.Value;

    internal static JsonObject Create(IEnumerable<Endpoint> endpoints, IReadOnlyList<ApiShapes> shapes)
    {
        var schemas = new OpenApiSchemas(shapes);
        var errors = new OpenApiErrors();
        var paths = new SortedDictionary<string, SortedDictionary<string, JsonNode?>>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>().Where(IsDescribed).OrderBy(static endpoint => endpoint.RoutePattern.RawText, StringComparer.Ordinal))
        {
            var path = PathOf(endpoint);
            var ofModule = OfModule(endpoint, shapes);
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            {
                if (!paths.TryGetValue(path, out var operations))
                {
                    paths[path] = operations = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
                }

                operations[method.ToLowerInvariant()] = new OpenApiOperation(endpoint, method, path, schemas, errors, ofModule).ToJson();
            }
        }

        var components = schemas.Components();
        components[OpenApiErrors.SchemaName] = OpenApiErrors.Schema;
        return new JsonObject
        {
            ["paths"] = new JsonObject(paths.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject(pair.Value)))),
            ["components"] = new JsonObject { ["schemas"] = components, ["responses"] = errors.Components() },
        };
    }

    private static bool IsDescribed(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true };

    private static IReadOnlyList<ErrorCode> OfModule(RouteEndpoint endpoint, IReadOnlyList<ApiShapes> shapes)
    {
        var module = endpoint.Metadata.GetMetadata<MethodInfo>()?.DeclaringType?.Assembly;
        return [.. shapes.Where(shape => shape.Module == module).SelectMany(static shape => shape.Fails).Distinct()];
    }

    // "/api/sessions/{key:maxlength(200)}/" → "/api/sessions/{key}"
    private static string PathOf(RouteEndpoint endpoint) =>
        "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(static segment => string.Concat(segment.Parts.Select(PartOf))));

    private static string PartOf(RoutePatternPart part) => part switch
    {
        RoutePatternParameterPart parameter => "{" + parameter.Name + "}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => "",
    };
}
