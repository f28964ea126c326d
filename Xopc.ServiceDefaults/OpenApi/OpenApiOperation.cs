using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>One endpoint with one method, as an operation of the document.</summary>
internal sealed class OpenApiOperation(RouteEndpoint endpoint, string method, string path, OpenApiSchemas schemas, OpenApiErrors errors, IReadOnlyList<ErrorCode> ofModule)
{
    private readonly EndpointScope? _scope = endpoint.Metadata.GetMetadata<EndpointScope>();
    private readonly EndpointBody? _body = endpoint.Metadata.GetMetadata<EndpointBody>();

    public JsonObject ToJson()
    {
        var operation = new JsonObject
        {
            ["operationId"] = Id(),
            ["summary"] = endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? $"{method} {path}",
        };
        if (endpoint.Metadata.GetMetadata<IEndpointDescriptionMetadata>()?.Description is { } description)
        {
            operation["description"] = description;
        }

        operation["tags"] = new JsonArray(Tag());
        AddAccess(operation);
        var parameters = Parameters();
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        if (_body is not null)
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = !_body.Optional,
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = BodySchema(_body) } },
            };
        }

        operation["responses"] = Responses(Described().Any(static parameter => parameter.Place is not ParameterPlace.Route));
        return operation;
    }

    // getApiSessionsKeyExport
    private string Id()
    {
        var id = new StringBuilder(method.ToLowerInvariant());
        foreach (var word in path.Split(['/', '{', '}', '-', '.'], StringSplitOptions.RemoveEmptyEntries))
        {
            id.Append(char.ToUpperInvariant(word[0])).Append(word, 1, word.Length - 1);
        }

        return id.ToString();
    }

    private string Tag()
    {
        if (endpoint.Metadata.GetMetadata<ITagsMetadata>() is { Tags: [{ } tag, ..] })
        {
            return tag;
        }

        var segment = path.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(static part => part != "api") ?? "gateway";
        return char.ToUpperInvariant(segment[0]) + segment[1..];
    }

    // Outside OAuth the list of a requirement holds the roles that are needed: here the scope.
    private void AddAccess(JsonObject operation)
    {
        if (_scope?.PublicReason is { } reason)
        {
            operation["security"] = new JsonArray();
            operation["x-xopc-public"] = reason;
            return;
        }

        var scope = ScopeNames.Of(_scope?.Required ?? OperatorScope.Admin);
        operation["x-xopc-scope"] = scope;
        var ways = new List<string> { OpenApiSecurity.Bearer, OpenApiSecurity.ApiKey };
        if (endpoint.Metadata.GetMetadata<CredentialInQuery>() is not null)
        {
            ways.Add(OpenApiSecurity.QueryToken);
        }

        if (endpoint.Metadata.GetMetadata<PageEndpoint>() is not null && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)))
        {
            ways.Add(OpenApiSecurity.PageCookie);
        }

        operation["security"] = new JsonArray([.. ways.Select(way => new JsonObject { [way] = new JsonArray(scope) })]);
    }

    private JsonArray Parameters()
    {
        var described = Described();
        var ofRoute = endpoint.RoutePattern.Parameters.Select(parameter =>
            described.LastOrDefault(known => known.Place is ParameterPlace.Route && known.Name == parameter.Name)
            ?? new EndpointParameter(ParameterPlace.Route, parameter.Name, "") { Required = true });
        return new JsonArray([.. ofRoute.Concat(described.Where(static known => known.Place is not ParameterPlace.Route)).Select(Parameter)]);
    }

    private IReadOnlyList<EndpointParameter> Described() => endpoint.Metadata.GetOrderedMetadata<EndpointParameter>();

    private static JsonObject Parameter(EndpointParameter parameter)
    {
        var schema = new JsonObject();
        if (parameter.Min is not null || parameter.Max is not null)
        {
            (schema["type"], schema["minimum"], schema["maximum"]) = ("integer", parameter.Min, parameter.Max);
        }
        else
        {
            schema["type"] = "string";
            if (parameter.OneOf is { } values)
            {
                schema["enum"] = new JsonArray([.. values.Select(static value => (JsonNode)value)]);
            }
        }

        var place = parameter.Place switch { ParameterPlace.Route => "path", ParameterPlace.Query => "query", _ => "header" };
        var json = new JsonObject { ["name"] = parameter.Name, ["in"] = place, ["required"] = parameter.Required };
        if (parameter.Description.Length > 0)
        {
            json["description"] = parameter.Description;
        }

        json["schema"] = schema;
        return json;
    }

    private JsonNode BodySchema(EndpointBody body)
    {
        var schema = body.Type is { } type ? schemas.OfRequest(type) : body.Schema!();
        if (body.Required.Count == 0)
        {
            return schema;
        }

        var all = new JsonArray(schema);
        foreach (var required in body.Required)
        {
            var ways = required.Split('|').Select(static name => new JsonObject { ["required"] = new JsonArray((JsonNode)name) }).ToArray();
            all.Add(ways.Length == 1 ? ways[0] : new JsonObject { ["anyOf"] = new JsonArray(ways) });
        }

        return new JsonObject { ["allOf"] = all };
    }

    private JsonObject Responses(bool readsParameters)
    {
        var responses = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var group in Answers().GroupBy(static answer => answer.Status))
        {
            var response = new JsonObject { ["description"] = DescriptionOf(group.Key) };
            if (!HttpMethods.IsHead(method) && group.Key is not (> 300 and < 400))
            {
                response["content"] = new JsonObject(group.Select(answer => KeyValuePair.Create(answer.ContentType ?? "application/json", (JsonNode?)Media(answer))));
            }

            responses[group.Key.ToString()] = response;
        }

        foreach (var (status, response) in errors.Of(Codes(readsParameters), HttpMethods.IsHead(method)))
        {
            // An endpoint that answers such a status in a shape of its own (health, 503) has said so above.
            responses.TryAdd(status, response);
        }

        return new JsonObject(responses.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
    }

    private static string DescriptionOf(int status) => status switch
    {
        StatusCodes.Status201Created => "Created",
        StatusCodes.Status206PartialContent => "The bytes that were asked for",
        StatusCodes.Status303SeeOther => "Elsewhere: the page of the Location header",
        StatusCodes.Status503ServiceUnavailable => "It cannot do its work",
        _ => "Success",
    };

    private JsonObject Media(EndpointAnswer answer)
    {
        if (answer.Events is { } events)
        {
            return new JsonObject
            {
                ["schema"] = new JsonObject { ["type"] = "string", ["description"] = "Server-sent events. Each event's data is one line of JSON." },
                ["x-xopc-events"] = new JsonObject(events.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)schemas.OfAnswer(pair.Value)))),
            };
        }

        return new JsonObject { ["schema"] = answer.Type is { } type ? schemas.OfAnswer(type) : new JsonObject { ["type"] = "string" } };
    }

    private IEnumerable<EndpointAnswer> Answers()
    {
        var said = endpoint.Metadata.GetOrderedMetadata<EndpointAnswer>();
        var typed = TypeOfResult(endpoint.Metadata.GetMetadata<MethodInfo>()?.ReturnType);
        return typed is not null && said.All(static answer => answer.Status != StatusCodes.Status200OK)
            ? [new EndpointAnswer(StatusCodes.Status200OK, typed), .. said]
            : said;
    }

    // Task<JsonHttpResult<T>> → T
    private static Type? TypeOfResult(Type? type)
    {
        if (type is not { IsGenericType: true })
        {
            return null;
        }

        var definition = type.GetGenericTypeDefinition();
        var argument = type.GetGenericArguments()[0];
        return definition == typeof(Task<>) || definition == typeof(ValueTask<>) ? TypeOfResult(argument)
            : definition == typeof(JsonHttpResult<>) ? argument
            : null;
    }

    private HashSet<ErrorCode> Codes(bool readsParameters)
    {
        // What the edge and the listener answer whatever the endpoint is.
        HashSet<ErrorCode> codes =
        [
            ErrorCode.Forbidden, ErrorCode.PayloadTooLarge, ErrorCode.RateLimited, ErrorCode.HeadersTooLarge, ErrorCode.InternalError, ErrorCode.Unavailable, .. ofModule,
        ];
        if (_scope?.PublicReason is null)
        {
            codes.Add(ErrorCode.Unauthorized);
        }

        if (_body is not null || readsParameters)
        {
            codes.Add(ErrorCode.InvalidRequest);
        }

        if (_body is not null)
        {
            codes.Add(ErrorCode.UnsupportedMediaType);
        }

        foreach (var own in endpoint.Metadata.GetOrderedMetadata<EndpointErrors>())
        {
            codes.UnionWith(own.Codes);
        }

        return codes;
    }
}
