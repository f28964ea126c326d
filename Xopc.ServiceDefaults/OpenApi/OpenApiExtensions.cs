using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>Registers and maps what the OpenAPI document is made of.</summary>
public static class OpenApiExtensions
{
    /// <summary>A module's JSON context: the types its endpoints name in <see cref="EndpointDescriptions"/> are found there.</summary>
    /// <typeparam name="TContext">Of the module's own assembly.</typeparam>
    /// <param name="fails">Errors that every endpoint of the module may answer.</param>
    public static IServiceCollection AddApiShapes<TContext>(this IServiceCollection services, Func<TContext> context, params ErrorCode[] fails) where TContext : JsonSerializerContext
    {
        services.TryAddSingleton<OpenApiPart>();
        return services.AddSingleton(new ApiShapes(typeof(TContext).Assembly, context, fails));
    }

    internal static void MapPart(IEndpointRouteBuilder endpoints) => endpoints
        .MapGet(OpenApiPart.Path, static (OpenApiPart part) => new OpenApiAnswer(part.Json))
        .RequireScope(OperatorScope.Read)
        .ExcludeFromDescription();
}
